// Seals what stands on disk: one file to one, a folder to a sealed directory.
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import {
  armor,
  type ModelLabel,
  type Recipient,
  type SealedManifest,
  SealingError,
  seal,
  sealDirectory,
} from "@sealserve/sealing";
import { fileStream, listFiles } from "@sealserve/sealing/folder";
import { type DraftOptions, sealedMode, writeDraft, writeFileFrom } from "./write-draft.ts";

export interface SealPathOptions extends DraftOptions {
  readonly from: string;
  /** Of a file only. */
  readonly armor: boolean;
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
  const { size } = await stat(options.from);
  let done = 0;
  const plaintext = fileStream(options.from, (bytes) => {
    done += bytes;
    progress(done, size);
  });
  const sealed = seal(plaintext, recipients);
  await writeDraft(options, (draft, signal) =>
    writeFileFrom(options.armor ? armor(sealed) : sealed, draft, { mode: sealedMode, signal }),
  );
  return { size: done, manifest: null };
}

async function sealFolder(
  options: SealPathOptions,
  recipients: readonly Recipient[],
  { now, progress }: SealPathParts,
): Promise<SealedPath> {
  const { from, model } = options;
  if (options.armor)
    throw new SealingError("source-unreadable", {
      path: from,
      problem: "a folder cannot be sealed with --armor; leave it out",
    });
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
  const manifest = await writeDraft(options, (draft, signal) =>
    sealDirectory(label, files, recipients, {
      now,
      write: async (name, content) =>
        void (await writeFileFrom(content, join(draft, name), { mode: sealedMode, signal })),
    }),
  );
  return { size: done, manifest };
}
