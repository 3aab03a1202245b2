// What lies sealed in a model store, opened by somebody who has the key: engines know no sealing, whoever wires them gives this part.
import type { ModelFiles } from "../model-files.ts";

/** One version that lies sealed in the store. */
export interface SealedVersion {
  readonly model: string;
  readonly version: string;
  /** A sealed file, or the folder of a sealed directory. */
  readonly path: string;
}

/** One file, for reading in any order. */
export interface RandomFile {
  readonly size: number;
  /** `length` bytes from `offset` on, both within `size`. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Plaintext is read into memory only, whenever it is asked for; none of it is kept. */
export interface SealedContent {
  readonly files: ModelFiles;
  /** A file of `files`, after all of it was proved. */
  random(name: string): Promise<RandomFile>;
}

/** Each throws its own typed error where there is no key, or where what lies there is not what was sealed. */
export interface SealedOpener {
  /** A sealed file: its content as one file of the name `name`. */
  openFile(sealed: SealedVersion, name: string, signal: AbortSignal): Promise<SealedContent>;
  openDirectory(sealed: SealedVersion, signal: AbortSignal): Promise<SealedContent>;
}
