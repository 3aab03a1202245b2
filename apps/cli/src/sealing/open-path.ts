// Opens what was sealed to where its owner asks for it: a file to one, a sealed directory to a folder.
import { join } from "node:path";
import { type ExpectedModel, type Identity, open, openSealedDirectory } from "@sealserve/sealing";
import { fileSource, folderFiles } from "@sealserve/sealing/folder";
import { countedStream } from "./counted-stream.ts";
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
  await using source = await fileSource(options.from);
  let [done, given] = [0, 0];
  const counted = countedStream(source, (bytes) => {
    done += bytes;
    progress(done, source.size);
  });
  const opened = open(counted, identities).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        given += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  );
  await writeDraft(options, (draft, signal) => writeFileFrom(opened, draft, { mode: plaintextMode, signal }));
  return given;
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
      await writeFileFrom(directory.stream(path), join(draft, path), { mode: plaintextMode, signal });
      done += directory.size(path) ?? 0;
      progress(done, total);
    }
  });
  return total;
}
