// `sealserve keys`: the keys of a tenant at a key broker, the broker's own, and its root key.
import { adminRoutes, type KeyDocument, type OwnKeyDocument } from "@sealserve/protocols/key-broker";
import { Argument, Command, Option } from "commander";
import { addBrokerFlags, askBroker, type BrokerFlags, print, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";
import { writeRootKey } from "../root-key-files.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface KeyFlags extends BrokerFlags {
  readonly tenant: string;
  readonly kind: "x25519" | "post-quantum";
  readonly identity: string;
  readonly generation?: string;
  readonly json?: true;
}

interface OwnKeyFlags extends BrokerFlags {
  readonly overlap?: string;
  readonly json?: true;
}

interface RootFlags {
  readonly out: string;
  readonly shares?: string;
  readonly epoch: string;
  readonly from: readonly string[];
}

export function keysCommand(ends: Ends): Command {
  const named = (name: string, description: string) => new Command(name).description(description).argument("<name>");
  const kind = () =>
    new Option("--kind <kind>", "of age identity").choices(["x25519", "post-quantum"]).default("x25519");
  const generation = () => new Option("--generation <number>", "this generation only (default: all)");
  const ofTenant = [
    named("create", "make a key; prints what to seal to").addOption(kind()).action(ends(createKey)),
    named("import", "take a key that age-keygen made")
      .requiredOption("--identity <file>", "key file with one identity (AGE-SECRET-KEY-1…)")
      .action(ends(importKey)),
    named("rotate", "make a new generation to seal to; older ones go on opening")
      .addOption(kind())
      .action(ends(rotateKey)),
    named("disable", "let a key open nothing any more")
      .addOption(generation())
      .action(ends(enabling(false))),
    named("enable", "let a disabled key open again")
      .addOption(generation())
      .action(ends(enabling(true))),
    named("export", "print what to seal to: the recipient of the newest generation").action(ends(exportKey)),
    new Command("list").description("list the keys of a tenant").option("--json", "print JSON").action(ends(listKeys)),
  ];
  const command = new Command("keys").description("keys at a key broker");
  for (const one of ofTenant) {
    command.addCommand(addBrokerFlags(one.requiredOption("--tenant <tenant>", "whose keys")));
  }
  const root = new Command("new-root")
    .description("make a root key for a key broker, whole or in shares; asks no broker")
    .requiredOption("--out <path>", "file for the key, or folder for the shares")
    .option("--shares <k/n>", "split it so that any k of n shares open it, such as 3/5")
    .addOption(
      new Option(
        "--epoch <number>",
        "above that of the shares that these replace, which then open nothing any more",
      ).default("1", "1"),
    )
    .addOption(
      new Option("--from <files...>", "share this key anew: its file, or enough of its shares").default(
        [],
        "a new key",
      ),
    )
    .action(ends(newRoot));
  for (const one of ownKeyCommands(ends)) command.addCommand(addBrokerFlags(one));
  return command.addCommand(root);
}

function ownKeyCommands(ends: Ends): readonly Command[] {
  return [
    new Command("own")
      .description("list the broker's own keys that are trusted now: ear signs tokens, mesh signs certificates")
      .option("--json", "print JSON")
      .action(ends(listOwnKeys)),
    new Command("rotate-own")
      .description("make a successor for one of the broker's own keys; the old one goes when what it signed has ended")
      .addArgument(new Argument("<purpose>", "which").choices(["ear", "mesh"]))
      .option(
        "--overlap <seconds>",
        "how long both go on, for mesh twice: before the new root signs and after (default: what the old key signed ends meanwhile; 0: the old key is no good from now on)",
      )
      .option("--json", "print JSON")
      .action(ends(rotateOwnKey)),
  ];
}

function listOwnKeys(flags: OwnKeyFlags): Promise<number> {
  return tellBroker(async () => tellOwnKeys(await askBroker(flags)(adminRoutes.listOwnKeys, {}), flags));
}

function rotateOwnKey(purpose: string, flags: OwnKeyFlags): Promise<number> {
  return tellBroker(async () => {
    const { overlap: given } = flags;
    const overlap = given === undefined ? null : given === "0" ? 0 : readCount(given, "--overlap");
    return tellOwnKeys(await askBroker(flags)(adminRoutes.rotateOwnKey, { purpose, overlap }), flags);
  });
}

function tellOwnKeys(keys: readonly OwnKeyDocument[], { json }: OwnKeyFlags): number {
  if (json) print(keys);
  else {
    const line = ({ name, id, signsFrom, trustedUntil }: OwnKeyDocument) =>
      `${name}  ${id}  signs from ${signsFrom ?? "its beginning"}  trusted until ${trustedUntil ?? "it has a successor"}\n`;
    process.stdout.write(keys.map(line).join(""));
  }
  return 0;
}

function createKey(name: string, flags: KeyFlags): Promise<number> {
  const { tenant, kind } = flags;
  return tellBroker(async () => tellRecipient(await askBroker(flags)(adminRoutes.createKey, { tenant, name, kind })));
}

function rotateKey(name: string, flags: KeyFlags): Promise<number> {
  const { tenant, kind } = flags;
  return tellBroker(async () => tellRecipient(await askBroker(flags)(adminRoutes.rotateKey, { tenant, name, kind })));
}

function importKey(name: string, flags: KeyFlags): Promise<number> {
  return tellBroker(async () => {
    const lines = readBytesFile(flags.identity, 64 * 1024)
      .toString("utf8")
      .split(/\r?\n/);
    const [identity, another] = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
    if (identity === undefined || another !== undefined)
      throw new UsageError(`${flags.identity} must hold one identity`);
    return tellRecipient(await askBroker(flags)(adminRoutes.importKey, { tenant: flags.tenant, name, identity }));
  });
}

function enabling(enabled: boolean) {
  return (name: string, flags: KeyFlags): Promise<number> =>
    tellBroker(async () => {
      const generation = flags.generation === undefined ? null : readCount(flags.generation, "--generation");
      await askBroker(flags)(adminRoutes.enableKey, { tenant: flags.tenant, name, generation, enabled });
      return 0;
    });
}

function exportKey(name: string, flags: KeyFlags): Promise<number> {
  return tellBroker(async () => {
    const keys = await askBroker(flags)(adminRoutes.listKeys, { tenant: flags.tenant });
    const newest = keys.findLast((key) => key.name === name && key.enabled);
    if (!newest) throw new UsageError(`tenant '${flags.tenant}' has no enabled key '${name}'`);
    return tellRecipient(newest);
  });
}

function listKeys(flags: KeyFlags): Promise<number> {
  return tellBroker(async () => {
    const keys = await askBroker(flags)(adminRoutes.listKeys, { tenant: flags.tenant });
    if (flags.json) print(keys);
    else {
      const line = (key: KeyDocument) =>
        `${key.name}/${key.generation}  ${key.enabled ? "enabled " : "disabled"}  ${key.created}  ${key.recipient}\n`;
      process.stdout.write(keys.map(line).join(""));
    }
    return 0;
  });
}

function newRoot({ out, shares, epoch, from }: RootFlags): Promise<number> {
  return tellBroker(async () => {
    const files = await writeRootKey(out, { shares: shares ?? null, epoch: readCount(epoch, "--epoch"), from });
    process.stdout.write(files.map((file) => `${file}\n`).join(""));
    return 0;
  });
}

function tellRecipient({ recipient }: KeyDocument): number {
  process.stdout.write(`${recipient}\n`);
  return 0;
}

function readCount(text: string, flag: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} must be a whole number from 1 on, not '${text}'`);
}
