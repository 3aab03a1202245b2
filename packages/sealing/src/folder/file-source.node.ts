// A file on disk as a source that can be read in any order.
import { type FileHandle, open } from "node:fs/promises";
import { reasonOf } from "@sealserve/primitives";
import type { RandomSource } from "../random-source.ts";
import { SealingError } from "../sealing-error.ts";

/** A source that holds an open file until it is disposed. */
export interface OpenFileSource extends RandomSource, AsyncDisposable {
  /** Fills `bytes` from `offset` on; returns how many there were, fewer only at the end. */
  readInto(bytes: Uint8Array, offset: number): Promise<number>;
}

/** Throws `SealingError` `source-unreadable`, as its reads do. */
export async function fileSource(path: string): Promise<OpenFileSource> {
  const file = await naming(path, () => open(path));
  const size = await naming(path, () => sizeOf(file));
  return {
    size,
    descriptor: file.fd,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const done = await naming(path, () => fill(file, bytes, offset));
      return done === length ? bytes : bytes.slice(0, done);
    },
    readInto: (bytes, offset) => naming(path, () => fill(file, bytes, offset)),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function sizeOf(file: FileHandle): Promise<number> {
  const stats = await file.stat();
  if (stats.isFile()) return stats.size;
  await file.close();
  throw new TypeError("it is not a file");
}

async function fill(file: FileHandle, bytes: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function naming<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new SealingError("source-unreadable", { path, problem: reasonOf(error) }, error);
  }
}
