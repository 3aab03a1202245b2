// `sealserve open`: opens a sealed file or directory to where its owner asks for it.
import { Command, InvalidArgumentError } from "commander";
import { byteProgress, throughput } from "../progress.ts";
import { type IdentityFlags, readIdentities } from "../sealing/key-arguments.ts";
import { openPath } from "../sealing/open-path.ts";
import { tellRefusal } from "../sealing/tell-refusal.ts";

interface OpenFlags extends IdentityFlags {
  readonly out: string;
  readonly root?: Uint8Array;
  readonly force?: boolean;
}

export function openCommand(): Command {
  return new Command("open")
    .description("open a sealed file or directory; the plaintext is written to disk")
    .argument("<path>", "an age file, binary or in ASCII armor, or a sealed directory")
    .option("--identity <keyfiles...>", "key files of age-keygen")
    .option("--passphrase-file <file>", "open with the passphrase in the first line of this file")
    .requiredOption("--out <path>", "where to write what is opened")
    .option("--root <hex>", "refuse a sealed directory with another root, such as an older version", toRoot)
    .option("-f, --force", "replace what is there");
}

export function open(path: string, { out, root, force = false, ...keys }: OpenFlags): Promise<number> {
  return tellRefusal(async () => {
    using bar = byteProgress("opening", process.stderr);
    const started = performance.now();
    const expected = root === undefined ? {} : { root };
    const identities = await readIdentities(keys);
    const size = await openPath({ from: path, path: out, force, expected }, identities, { progress: bar.update });
    bar.finish();
    process.stdout.write(`${out} (${size} bytes, ${throughput(size, performance.now() - started)})\n`);
    return 0;
  });
}

function toRoot(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError("a root has 64 lower-case hexadecimal digits.");
  return Uint8Array.from(Buffer.from(text, "hex"));
}
