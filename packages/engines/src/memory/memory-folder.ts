// One folder in a memory file system: this user's alone, written in pieces, and gone with all that is in it when it is disposed.
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file that is being written. */
export interface MemoryFile {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** The file system is full, or something else kept a file from being written. */
export class MemoryFolderFault extends Error {}

export class MemoryFolder implements AsyncDisposable {
  readonly path: string;
  readonly #open = new Set<number>();
  /** Of the room that was promised, in bytes. */
  #unwritten: number;

  /** `path` is there, and empty. */
  constructor(path: string, promised: number) {
    this.path = path;
    this.#unwritten = promised;
  }

  get unwritten(): number {
    return this.#unwritten;
  }

  /** `name` is relative, with `/` between segments, and new. Throws {@link MemoryFolderFault}, as writing does. */
  create(name: string): MemoryFile {
    const descriptor = orFault(() => {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return openSync(path, "wx", 0o600);
    });
    this.#open.add(descriptor);
    return {
      write: (bytes) =>
        orFault(() => {
          for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
          this.#unwritten = Math.max(0, this.#unwritten - bytes.length);
        }),
      close: () => this.#close(descriptor),
    };
  }

  /** The memory is free once nobody has it open or mapped. */
  remove(name: string): void {
    unlinkSync(join(this.path, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unwritten = 0;
    for (const descriptor of this.#open) this.#close(descriptor);
    await rm(this.path, { recursive: true, force: true });
  }

  #close(descriptor: number): void {
    if (this.#open.delete(descriptor)) closeSync(descriptor);
  }
}

function orFault<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new MemoryFolderFault("a file in memory could not be written", { cause: error });
  }
}
