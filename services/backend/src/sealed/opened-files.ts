// The files of a sealed model once there is a key: decrypted into memory whenever they are read, each proved by its digest first.
import type { ModelFiles, SealedContent } from "@sealserve/engines";
import { equalBytes } from "@sealserve/primitives";
import { type OpenedSource, SealingError } from "@sealserve/sealing";
import { KeyRefusedError } from "./key-refused-error.ts";
import { ProvedFile } from "./proved-file.ts";

export interface OpenedFile {
  readonly source: OpenedSource;
  /** Throws where the digest of the whole content is not what it must be. */
  accept(sha256: Uint8Array): void;
}

export interface OpenedFilesParts {
  readonly model: string;
  /** Of the files by name, what it takes to open one; called once for each. */
  open(name: string): Promise<OpenedFile>;
  readonly sizes: ReadonlyMap<string, number>;
  close(): Promise<void>;
  /** Words what goes wrong for the model's status. */
  refusal(error: unknown): unknown;
}

/** A file stays open from its first use until `close`: what was proved is what is read again when an engine starts anew. */
export function openedFiles({ model, open, sizes, close, refusal }: OpenedFilesParts): SealedContent {
  const names = [...sizes.keys()].sort();
  const opened = new Map<string, Promise<ProvedFile>>();
  const fileOf = async (name: string): Promise<ProvedFile> => {
    if (!sizes.has(name)) throw new SealingError("file-missing", { path: name });
    const before = opened.get(name);
    if (before) return before;
    const changed = (): Error => new KeyRefusedError("file-changed", { model, file: name });
    const opening = open(name).then((file) => new ProvedFile({ ...file, changed }));
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
    read: (name) => told(async () => (await fileOf(name)).readWhole()),
    async stream(name, take, signal) {
      let takes = true;
      const guarded = (piece: Uint8Array): void => {
        takes = false;
        take(piece);
        takes = true;
      };
      try {
        await (await fileOf(name)).stream(guarded, signal);
      } catch (error) {
        // Only the file's own fault is a refusal: not that of whoever takes it, nor an end that was asked for.
        throw takes && !signal.aborted ? refusal(error) : error;
      }
    },
    close,
  };
  return { files, random: (name) => told(async () => (await fileOf(name)).random()) };
}

/** For a file whose digest is known beforehand. */
export function expectDigest(name: string, expected: Uint8Array): (found: Uint8Array) => void {
  return (found) => {
    if (!equalBytes(found, expected)) throw new SealingError("file-digest", { path: name });
  };
}
