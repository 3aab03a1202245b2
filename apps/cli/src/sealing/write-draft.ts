// Writes under another name first, so that nobody sees half of it and nothing is left of what failed.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SealingError } from "@sealserve/sealing";
import { joinedPieces } from "./joined-pieces.ts";

export interface DraftOptions {
  /** Where the result stands in the end. */
  readonly path: string;
  /** Replace what is there. */
  readonly force: boolean;
}

/**
 * Lets `write` fill a draft beside `path`, then gives the draft its name. Ctrl-C or a request to end aborts the signal. Throws
 * `SealingError` `target-exists`, and what `write` throws once the draft is gone.
 */
export async function writeDraft<T>(
  { path, force }: DraftOptions,
  write: (draft: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!force && existsSync(path)) throw new SealingError("target-exists", { path });
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.draft`);
  const ending = new AbortController();
  const stop = (): void => ending.abort(new Error("interrupted; nothing was written"));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const written = await write(draft, ending.signal);
    ending.signal.throwIfAborted();
    await replace(draft, path, force);
    return written;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await rm(draft, { recursive: true, force: true });
  }
}

/** Who may read a file: what is sealed anybody, plaintext its owner only. */
export const sealedMode = 0o644;
export const plaintextMode = 0o600;

/** Writes one file of a draft to its end, to the disk itself; returns its bytes. The pieces of `stream` must be its reader's own. */
export async function writeFileFrom(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
  { mode, signal }: { readonly mode: number; readonly signal: AbortSignal },
): Promise<number> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, joinedPieces(stream), { flag: "wx", mode, flush: true, signal });
  return (await stat(path)).size;
}

async function replace(draft: string, path: string, force: boolean): Promise<void> {
  // Somebody may have put something there meanwhile.
  if (!existsSync(path)) return rename(draft, path);
  if (!force) throw new SealingError("target-exists", { path });
  // A directory cannot take the place of another: the old one steps aside until the new one stands.
  const old = `${draft}.old`;
  await rename(path, old);
  try {
    await rename(draft, path);
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
