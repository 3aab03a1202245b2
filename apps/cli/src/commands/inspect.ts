// `sealserve inspect`: what can be known of a sealed file or directory without a key.
import { join } from "node:path";
import { inspectSealed, manifestName, type SealedFileFacts, sealedSuffix } from "@sealserve/sealing";
import { fileSource, listFiles } from "@sealserve/sealing/folder";
import { Command } from "commander";
import { isFolder } from "../sealing/seal-path.ts";
import { tellRefusal } from "../sealing/tell-refusal.ts";

interface InspectFlags {
  readonly json?: true;
}

interface Inspected {
  readonly kind: "file" | "directory";
  /** Sizes and parts are those of complete files: nothing is known to be cut or left out. */
  readonly complete: boolean;
  readonly files: readonly (SealedFileFacts & { readonly name: string; readonly complete: boolean })[];
}

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("tell what can be known of a sealed file or directory without a key; ends with 1 if it is incomplete")
    .argument("<path>", "an age file, binary or in ASCII armor, or a sealed directory")
    .option("--json", "print JSON");
}

export function inspect(path: string, { json }: InspectFlags): Promise<number> {
  return tellRefusal(async () => {
    const found = (await isFolder(path)) ? await inspectFolder(path) : await inspectFile(path);
    process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : toText(found));
    return found.complete ? 0 : 1;
  });
}

async function inspectFile(path: string): Promise<Inspected> {
  const file = await facts(path, path);
  return { kind: "file", complete: file.complete, files: [file] };
}

/** Which files belong to it only the manifest says, and that needs a key; without a manifest it opens nowhere. */
async function inspectFolder(path: string): Promise<Inspected> {
  const names = (await listFiles(path)).filter((name) => name.endsWith(sealedSuffix));
  const files = [];
  for (const name of names) files.push(await facts(join(path, name), name));
  return {
    kind: "directory",
    complete: names.includes(manifestName) && files.every(({ complete }) => complete),
    files,
  };
}

async function facts(path: string, name: string): Promise<Inspected["files"][number]> {
  await using source = await fileSource(path);
  const found = await inspectSealed(source);
  return { name, complete: found.plaintextSize !== null, ...found };
}

function toText({ kind, complete, files }: Inspected): string {
  const lines = files.map(
    ({ name, recipientTypes, size, plaintextSize, armored }) =>
      `${name}: ${size} bytes sealed${armored ? " in ASCII armor" : ""}, ${plaintextSize === null ? "cut or grown" : `${plaintextSize} bytes inside`}, for ${recipientTypes.join(", ")}`,
  );
  const missing =
    kind === "directory" && files.every(({ name }) => name !== manifestName) ? [`${manifestName} is missing`] : [];
  const verdict = complete ? "complete as far as can be told without a key" : "incomplete: it will not open";
  return `${[...lines, ...missing, verdict].join("\n")}\n`;
}
