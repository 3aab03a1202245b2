// Why there is no key for a sealed model, or why what was opened with it is not served: few codes, sorted by what the caller should do.
import { CodedError } from "@sealserve/primitives";

export interface KeyRefusedFacts {
  // Stop: this process is not what it must be, or its evidence is not genuine or not fresh. `reason` as the key broker words it.
  "evidence-refused": { readonly model: string; readonly reason: string };
  // Try again.
  "collateral-unavailable": { readonly model: string; readonly reason: string };
  "broker-unavailable": { readonly model: string; readonly reason: string };
  // Ask whoever owns the policy.
  "policy-refused": { readonly model: string; readonly reason: string };
  // Seal the file again, to a recipient of a key that is allowed for this model.
  "unknown-key": { readonly model: string; readonly reason: string };
  /** What is sealed is not what is expected; hex. */
  "root-mismatch": { readonly model: string; readonly expected: readonly string[]; readonly found: string };
  /** In hex. The image was not built to run what such a model brings. */
  "code-not-measured": { readonly model: string; readonly root: string };
  /** A file of a loaded model is not what it was when the model was measured. */
  "file-changed": { readonly model: string; readonly file: string };
}

export type KeyRefusedCode = keyof KeyRefusedFacts;

const sentences: { readonly [C in KeyRefusedCode]: (facts: KeyRefusedFacts[C]) => string } = {
  "evidence-refused": (f) => `no key for '${f.model}', evidence-refused: ${f.reason}`,
  "collateral-unavailable": (f) => `no key for '${f.model}', collateral-unavailable: ${f.reason}`,
  "broker-unavailable": (f) => `no key for '${f.model}', broker-unavailable: ${f.reason}`,
  "policy-refused": (f) => `no key for '${f.model}', policy-refused: ${f.reason}`,
  "unknown-key": (f) => `no key for '${f.model}', unknown-key: ${f.reason}`,
  "root-mismatch": (f) =>
    `'${f.model}' is not the model that is expected, root-mismatch: found ${f.found}, expected ${f.expected.join(" or ")}`,
  "code-not-measured": (f) =>
    `'${f.model}' brings code, code-not-measured: in a TEE only code runs that is measured; build the image with ${f.root} among modelCode in measured-environment.json`,
  "file-changed": (f) => `file '${f.file}' of '${f.model}' changed while it was served; load the model again`,
};

/** Its sentence names its code, since the status of a model is a sentence. */
export class KeyRefusedError<C extends KeyRefusedCode = KeyRefusedCode> extends CodedError<C, KeyRefusedFacts[C]> {
  constructor(code: C, facts: KeyRefusedFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "KeyRefusedError";
  }
}

/** Trying again without anybody's doing can help. */
export function isPassing({ code }: KeyRefusedError): boolean {
  return code === "collateral-unavailable" || code === "broker-unavailable";
}
