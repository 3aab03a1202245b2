// `sealserve seal`: seals a model, so that only its recipients can open it.
import { Command } from "commander";
import { byteProgress, throughput } from "../progress.ts";
import { type RecipientFlags, readRecipients } from "../sealing/key-arguments.ts";
import { sealPath } from "../sealing/seal-path.ts";
import { tellRefusal } from "../sealing/tell-refusal.ts";

interface SealFlags extends RecipientFlags {
  readonly out: string;
  readonly modelName?: string;
  readonly modelVersion?: string;
  readonly armor?: boolean;
  readonly force?: boolean;
}

export function sealCommand(): Command {
  return new Command("seal")
    .description("seal a file to an age file, or a model's folder to a sealed directory")
    .argument("<path>", "a model archive, a single file, or a folder")
    .option("--to <recipients...>", "who may open it: age1…, age1pq1…, or a file with one recipient a line")
    .option("--passphrase-file <file>", "seal with the passphrase in the first line of this file, instead of --to")
    .requiredOption("--out <path>", "where to write it, such as model.onnx.age")
    .option("--model-name <name>", "the model's name in a sealed directory (default: the folder's)")
    .option("--model-version <version>", "the model's version in a sealed directory (default: 1)")
    .option("-a, --armor", "write a single file as text, in ASCII armor; `sealserve serve` does not read it")
    .option("-f, --force", "replace what is there");
}

export function seal(
  path: string,
  { out, armor = false, force = false, modelName, modelVersion, ...keys }: SealFlags,
): Promise<number> {
  return tellRefusal(async () => {
    using bar = byteProgress("sealing", process.stderr);
    const started = performance.now();
    const model = {
      ...(modelName === undefined ? {} : { name: modelName }),
      ...(modelVersion === undefined ? {} : { version: modelVersion }),
    };
    const { size, manifest } = await sealPath(
      { from: path, path: out, armor, force, model },
      await readRecipients(keys),
      {
        now: () => new Date(),
        progress: bar.update,
      },
    );
    bar.finish();
    const root = manifest ? `, ${manifest.files.length} files, root ${Buffer.from(manifest.root).toString("hex")}` : "";
    process.stdout.write(`${out} (${size} bytes, ${throughput(size, performance.now() - started)}${root})\n`);
    return 0;
  });
}
