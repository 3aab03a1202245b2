// The files of a sealed model once there is a key: decrypted into memory whenever they are read, each proved by its digest.
import { createHash } from "node:crypto";
import type { ModelFiles, RandomFile, SealedContent } from "@sealserve/engines";
import { equalBytes } from "@sealserve/primitives";
import { SealingError } from "@sealserve/sealing";

export interface OpenedFile {
  readonly name: string;
  readonly source: RandomFile;
  /** Throws where the digest of the whole content is not what it must be. */
  accept(sha256: Uint8Array): void;
}

export interface OpenedFilesParts {
  /** Of the files by name, what it takes to open one; called once for each. */
  open(name: string): Promise<OpenedFile>;
  readonly sizes: ReadonlyMap<string, number>;
  close(): Promise<void>;
  /** Words what goes wrong for the model's status. */
  refusal(error: unknown): unknown;
}

/** A file stays open from its first use until `close`: what was proved is what is read again when an engine starts anew. */
export function openedFiles({ open, sizes, close, refusal }: OpenedFilesParts): SealedContent {
  const names = [...sizes.keys()].sort();
  const opened = new Map<string, Promise<OpenedFile>>();
  const fileOf = async (name: string): Promise<OpenedFile> => {
    if (!sizes.has(name)) throw new SealingError("file-missing", { path: name });
    const before = opened.get(name);
    if (before) return before;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
  const told = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw refusal(error);
    }
  };
  const files: ModelFiles = {
    list: () => names,
    size: (name) => sizes.get(name) ?? null,
    path: () => null,
    read: (name) => told(async () => readWhole(await fileOf(name))),
    async *stream(name) {
      try {
        yield* proved(await fileOf(name));
      } catch (error) {
        throw refusal(error);
      }
    },
    close,
  };
  return { files, random: (name) => told(async () => proveWhole(await fileOf(name))) };
}

const pieceSize = 1024 * 1024;

async function readWhole(file: OpenedFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.source.size);
  let at = 0;
  for await (const piece of proved(file)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

async function proveWhole(file: OpenedFile): Promise<RandomFile> {
  const pieces = proved(file);
  while (!(await pieces.next()).done);
  return file.source;
}

/** In pieces, so that a large model leaves time for requests to others. Ends only where all of it is what it must be. */
async function* proved({ source, accept }: OpenedFile): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const hash = createHash("sha256");
  for (let at = 0; at < source.size; at += pieceSize) {
    const piece = await source.read(at, Math.min(pieceSize, source.size - at));
    hash.update(piece);
    yield piece;
  }
  accept(new Uint8Array(hash.digest()));
}

/** For a file whose digest is known beforehand. */
export function expectDigest(name: string, expected: Uint8Array): (found: Uint8Array) => void {
  return (found) => {
    if (!equalBytes(found, expected)) throw new SealingError("file-digest", { path: name });
  };
}
