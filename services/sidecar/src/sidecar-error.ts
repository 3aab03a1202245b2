// Why a sidecar does not start, each with what to do.
import { CodedError } from "@sealserve/primitives";

export interface SidecarErrorFacts {
  "not-in-memory": { readonly folder: string; readonly found: string };
  "memory-swappable": { readonly folder: string; readonly swaps: readonly string[] };
  "repository-unreadable": { readonly path: string; readonly reason: string };
  "repository-empty": { readonly path: string };
  /** Something in the repository is not sealed: nobody would know what it is. */
  "plain-file": { readonly path: string };
  /** Hex. */
  "root-mismatch": { readonly model: string; readonly expected: readonly string[]; readonly found: string };
  /** A root was given for what the repository does not hold. */
  "model-missing": { readonly model: string; readonly found: readonly string[] };
}

export type SidecarErrorCode = keyof SidecarErrorFacts;

const sentences: { readonly [C in SidecarErrorCode]: (facts: SidecarErrorFacts[C]) => string } = {
  "not-in-memory": (f) =>
    `models are opened in memory only, and ${f.folder} is ${f.found}: give memoryFolder a folder on a tmpfs, such as /dev/shm`,
  "memory-swappable": (f) =>
    `what lies in ${f.folder} could be written to ${f.swaps.join(", ")}: mount it with noswap, or switch swapping off`,
  "repository-unreadable": (f) => `the repository ${f.path} cannot be read: ${f.reason}`,
  "repository-empty": (f) => `the repository ${f.path} holds nothing: put sealed models there`,
  "plain-file": (f) =>
    `${f.path} is not sealed, and evidence could not say what it is: seal it (sealserve seal), or take it out of the repository`,
  "root-mismatch": (f) =>
    `'${f.model}' is not the model that is expected: found ${f.found}, expected ${f.expected.join(" or ")}`,
  "model-missing": (f) => `roots names '${f.model}', and the repository holds ${f.found.join(", ")}: remove it there`,
};

export class SidecarError<C extends SidecarErrorCode = SidecarErrorCode> extends CodedError<C, SidecarErrorFacts[C]> {
  constructor(code: C, facts: SidecarErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "SidecarError";
  }
}
