// Why a folder cannot be the one in which plaintext lies while an engine loads it.
import { CodedError } from "@sealserve/primitives";

export interface MemoryFolderErrorFacts {
  /** `found`: the type of its file system, by its number in hex. */
  "not-in-memory": { readonly path: string; readonly found: string };
  "folder-unusable": { readonly path: string; readonly problem: string };
}

export type MemoryFolderErrorCode = keyof MemoryFolderErrorFacts;

const sentences: { readonly [C in MemoryFolderErrorCode]: (facts: MemoryFolderErrorFacts[C]) => string } = {
  "not-in-memory": (f) =>
    `memoryFolder '${f.path}' is not in memory (its file system is of type 0x${f.found}): name a folder of a tmpfs, or leave memoryFolder out`,
  "folder-unusable": (f) =>
    `memoryFolder '${f.path}' cannot be used: ${f.problem}; name a folder of a tmpfs in which this user may write`,
};

/** A fault of the configuration. */
export class MemoryFolderError<C extends MemoryFolderErrorCode = MemoryFolderErrorCode> extends CodedError<
  C,
  MemoryFolderErrorFacts[C]
> {
  constructor(code: C, facts: MemoryFolderErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "MemoryFolderError";
  }
}
