// `sealserve broker accept-restored|adopt-documents|change-root-key`: what the operator of a key broker does on its machine while it does not run.
import { userInfo } from "node:os";
import {
  AuditError,
  acceptRestored,
  adoptUnvouched,
  BrokerStartError,
  changeRootKey,
  type KeyBrokerConfig,
  keyBrokerProcessConfig,
  keyBrokerShape,
  ShareError,
  VaultError,
} from "@sealserve/key-broker";
import { ConfigError, createLogger, loadConfig } from "@sealserve/server";
import { Command } from "commander";
import type { Ends } from "../ends.ts";
import { UsageError } from "../usage-error.ts";

interface Flags {
  readonly config: string;
  readonly yes?: true;
}

interface RootKeyFlags extends Flags {
  readonly toFile?: string;
  readonly toPassphrase?: string;
  readonly toShares?: readonly string[];
}

export function brokerCommand(ends: Ends): Command {
  const accept = new Command("accept-restored")
    .description(
      "say what of the database is older than what was last seen; with --yes take it as it is: exit code 1 if there is something",
    )
    .action(ends(accepting));
  const adopt = new Command("adopt-documents")
    .description("vouch for policies and reference values from versions that did not, as they are now: read them first")
    .action(ends(adopting));
  const root = new Command("change-root-key")
    .description(
      "seal the database under another root key, all of it or nothing; without --yes only try: exit code 1. Say one of:",
    )
    .option("--to-file <file>", "the new key whole: 32 bytes, or 64 hex digits")
    .option("--to-passphrase <file>", "the file of a passphrase")
    .option("--to-shares <files...>", "enough shares of the new key")
    .action(ends(changingRoot));
  const command = new Command("broker").description("a key broker that does not run, on its own machine");
  for (const one of [accept, adopt, root]) {
    one
      .requiredOption("--config <file>", "the configuration of the key broker")
      .option("--yes", "do it, and write it to the audit log under your name");
    command.addCommand(one);
  }
  return command;
}

function accepting({ config, yes }: Flags): Promise<number> {
  return telling(config, async (read, parts) => {
    const findings = await acceptRestored(read, yes ? actor() : null, parts);
    for (const { code, message } of findings) process.stdout.write(`${code}: ${message}\n`);
    if (findings.length === 0) process.stdout.write("the database is as it was last seen\n");
    else process.stdout.write(yes ? "accepted\n" : "nothing was changed: --yes accepts it\n");
    return findings.length === 0 || yes ? 0 : 1;
  });
}

function adopting({ config, yes }: Flags): Promise<number> {
  return telling(config, async (read, parts) => {
    if (!yes) {
      process.stderr.write(
        "whoever could write to the database may have written these documents: read them, then say --yes\n",
      );
      return 2;
    }
    const adopted = await adoptUnvouched(read, actor(), parts);
    for (const place of adopted) process.stdout.write(`${place}\n`);
    process.stdout.write(`${adopted.length} documents adopted\n`);
    return 0;
  });
}

function changingRoot(flags: RootKeyFlags): Promise<number> {
  return telling(flags.config, async (read, parts) => {
    const to = newRootKey(flags);
    const { values, done } = await changeRootKey(read, to, flags.yes ? actor() : null, parts);
    process.stdout.write(
      done
        ? `${values} values are sealed under the new root key: name it as rootKey in the configuration of each broker on this database, then start them\n`
        : `${values} values would be sealed under the new root key; nothing was changed: --yes does it\n`,
    );
    return done ? 0 : 1;
  });
}

/** Throws `UsageError`. */
function newRootKey({ toFile, toPassphrase, toShares }: RootKeyFlags): KeyBrokerConfig["rootKey"] {
  const named = [
    ...(toFile === undefined ? [] : [{ file: toFile }]),
    ...(toPassphrase === undefined ? [] : [{ passphraseFile: toPassphrase }]),
    ...(toShares === undefined ? [] : [{ shares: toShares }]),
  ];
  if (named.length !== 1) throw new UsageError("say one of --to-file, --to-passphrase and --to-shares");
  const parsed = keyBrokerShape.rootKey.safeParse(named[0]);
  if (!parsed.success) throw new UsageError("the new root key's files cannot be read");
  return parsed.data;
}

type Parts = Parameters<typeof acceptRestored>[2];

async function telling(file: string, act: (config: KeyBrokerConfig, parts: Parts) => Promise<number>): Promise<number> {
  try {
    const config = loadConfig(keyBrokerProcessConfig, { file, env: process.env, flags: {} });
    const logger = createLogger(config.log, { stream: process.stderr });
    const randomness = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    return await act(config, { logger, epoch: () => Date.now(), randomness });
  } catch (error) {
    const usage = error instanceof ConfigError || error instanceof UsageError;
    const refused = error instanceof AuditError || error instanceof BrokerStartError || error instanceof ShareError;
    const unopened = error instanceof VaultError;
    if (!usage && !refused && !unopened) throw error;
    process.stderr.write(`${refused ? `${error.code}: ` : ""}${error.message}\n`);
    return usage ? 2 : 1;
  }
}

/** Whoever runs the command, as the machine knows them. */
function actor(): string {
  return `operator ${userInfo().username}`;
}
