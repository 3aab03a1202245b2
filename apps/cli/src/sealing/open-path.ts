// Opens what was sealed to where its owner asks for it: a file to one, a sealed directory to a folder.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type ExpectedModel, type Identity, open, openSealedDirectory } from "@sealserve/sealing";
import { fileStream, folderFiles } from "@sealserve/sealing/folder";
import { isFolder } from "./seal-path.ts";
import { type DraftOptions, plaintextMode, writeDraft, writeFileFrom } from "./write-draft.ts";

export interface OpenPathOptions extends DraftOptions {
  readonly from: string;
  /** What a sealed directory must hold. */
  readonly expected: ExpectedModel;
}

export interface OpenPathParts {
  readonly progress: (done: number, total: number) => void;
}

/** Returns the bytes of plaintext. Throws `SealingError` of opening, of reading and of the target. */
export async function openPath(
  options: OpenPathOptions,
  identities: readonly Identity[],
  parts: OpenPathParts,
): Promise<number> {
  return (await isFolder(options.from)) ? openFolder(options, identities, parts) : openFile(options, identities, parts);
}

async function openFile(
  options: OpenPathOptions,
  identities: readonly Identity[],
  { progress }: OpenPathParts,
): Promise<number> {
  const { size } = await stat(options.from);
  let done = 0;
  const sealed = fileStream(options.from, (bytes) => {
    done += bytes;
    progress(done, size);
  });
  return writeDraft(options, (draft, signal) =>
    writeFileFrom(open(sealed, identities), draft, { mode: plaintextMode, signal }),
  );
}

async function openFolder(
  options: OpenPathOptions,
  identities: readonly Identity[],
  { progress }: OpenPathParts,
): Promise<number> {
  await using files = folderFiles(options.from);
  const directory = await openSealedDirectory(files, identities, options.expected);
  const total = directory.manifest.files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  await writeDraft(options, async (draft, signal) => {
    for (const path of directory.list()) {
      done += await writeFileFrom(directory.stream(path), join(draft, path), { mode: plaintextMode, signal });
      progress(done, total);
    }
  });
  return total;
}
