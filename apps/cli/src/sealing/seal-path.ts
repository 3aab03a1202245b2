// Seals what stands on disk: one file to one, a folder to a sealed directory.
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import {
  type ModelLabel,
  type Recipient,
  type SealedManifest,
  SealingError,
  seal,
  sealDirectory,
} from "@sealserve/sealing";
import { fileSource, listFiles, type OpenFileSource } from "@sealserve/sealing/folder";
import { countedStream } from "./counted-stream.ts";
import { type DraftOptions, sealedMode, writeDraft, writeFileFrom } from "./write-draft.ts";

export interface SealPathOptions extends DraftOptions {
  readonly from: string;
  /** Name and version of a folder's model; the folder's own name and "1" where they are left out. */
  readonly model: Partial<ModelLabel>;
}

export interface SealPathParts {
  readonly now: () => Date;
  readonly progress: (done: number, total: number) => void;
}

export interface SealedPath {
  /** Bytes of plaintext. */
  readonly size: number;
  /** Of a folder only. */
  readonly manifest: SealedManifest | null;
}

/** Throws `SealingError` of sealing, of reading and of the target. */
export async function sealPath(
  options: SealPathOptions,
  recipients: readonly Recipient[],
  parts: SealPathParts,
): Promise<SealedPath> {
  return (await isFolder(options.from)) ? sealFolder(options, recipients, parts) : sealFile(options, recipients, parts);
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new SealingError("source-unreadable", { path, problem: reasonOf(error) }, error);
  }
}

async function sealFile(
  options: SealPathOptions,
  recipients: readonly Recipient[],
  { progress }: SealPathParts,
): Promise<SealedPath> {
  await using source = await fileSource(options.from);
  let done = 0;
  const counted = countedStream(source, (bytes) => {
    done += bytes;
    progress(done, source.size);
  });
  await writeDraft(options, (draft, signal) =>
    writeFileFrom(seal(counted, recipients), draft, { mode: sealedMode, signal }),
  );
  return { size: source.size, manifest: null };
}

async function sealFolder(
  options: SealPathOptions,
  recipients: readonly Recipient[],
  { now, progress }: SealPathParts,
): Promise<SealedPath> {
  const { from, model } = options;
  const paths = await listFiles(from);
  if (paths.length === 0)
    throw new SealingError("source-unreadable", { path: from, problem: "there is no file in it" });
  const sizes = await Promise.all(paths.map(async (path) => (await stat(join(from, path))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    progress(done, total);
  };
  const label = { name: model.name ?? basename(resolve(from)), version: model.version ?? "1" };
  const files = paths.map((path) => ({ path, open: () => fileStream(join(from, path), count) }));
  const sealed: SealedManifest[] = [];
  await writeDraft(options, async (draft, signal) => {
    const write = (name: string, content: ReadableStream<Uint8Array>): Promise<void> =>
      writeFileFrom(content, join(draft, name), { mode: sealedMode, signal });
    sealed.push(await sealDirectory(label, files, recipients, { now, write }));
  });
  return { size: done, manifest: sealed[0] ?? null };
}

/** Opens the file at the first pull and closes it at its end, so that many files do not stay open. */
function fileStream(path: string, count: (bytes: number) => void): ReadableStream<Uint8Array> {
  let open: { readonly source: OpenFileSource; readonly reader: ReadableStreamDefaultReader<Uint8Array> } | null = null;
  const close = async (): Promise<void> => open?.source[Symbol.asyncDispose]();
  return new ReadableStream(
    {
      async pull(controller) {
        if (!open) {
          const source = await fileSource(path);
          open = { source, reader: countedStream(source, count).getReader() };
        }
        const { done, value } = await open.reader.read().catch(async (error: unknown) => {
          await close();
          throw error;
        });
        if (!done) return controller.enqueue(value);
        await close();
        controller.close();
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
