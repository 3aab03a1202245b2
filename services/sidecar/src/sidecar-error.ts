// Why a sidecar does not start, each with what to do.
import { CodedError } from "@sealserve/primitives";

export interface SidecarErrorFacts {
  "not-in-memory": { readonly folder: string; readonly found: string };
  "memory-swappable": { readonly folder: string; readonly swaps: readonly string[] };
  "folder-unusable": { readonly folder: string; readonly reason: string };
  "guard-failed": { readonly reason: string };
  /** A process of Gramine. */
  "in-enclave": Readonly<Record<never, never>>;
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
  "folder-unusable": (f) =>
    `no folder for models can be made at ${f.folder}: ${f.reason}; give memoryFolder another one on a tmpfs, with a short path`,
  "guard-failed": (f) =>
    `the process that ends the command and removes its models, should this one be killed, does not start: ${f.reason}`,
  "in-enclave": () =>
    "a sidecar does not start inside Gramine: what it says to its command on loopback passes through the host in plaintext, and the command sees no file that is opened in memory here; run it in a confidential VM (TDX, SEV-SNP), or the models with sealserve serve",
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
