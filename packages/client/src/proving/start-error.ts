// Why a process in a TEE does not start: it ends, and has listened nowhere.
import { CodedError } from "@sealserve/primitives";

export interface TrustStartFacts {
  "evidence-refused": { readonly reason: string };
  "policy-refused": { readonly reason: string };
  /** It was accepted, but what it was given, if anything, opens nothing. */
  "key-missing": { readonly reason: string };
  /** After `attempts` tries nobody could judge. */
  "no-verdict": { readonly attempts: number; readonly reason: string };
  /** What the host could have set to look inside, or to put its own code in. Names only. */
  "environment-refused": { readonly names: readonly string[] };
}

export type TrustStartCode = keyof TrustStartFacts;

const sentences: { readonly [C in TrustStartCode]: (facts: TrustStartFacts[C]) => string } = {
  "evidence-refused": (f) => `this process does not start, its evidence is refused: ${f.reason}`,
  "policy-refused": (f) => `this process does not start, the policy refuses it: ${f.reason}`,
  "key-missing": (f) => `this process does not start, there is no key for it: ${f.reason}`,
  "no-verdict": (f) => `this process does not start, nobody judged it in ${f.attempts} attempts: ${f.reason}`,
  "environment-refused": (f) =>
    `this process does not start in a TEE with ${f.names.join(", ")}: they let the host look inside; remove them, or measure them with the program`,
};

export class TrustStartError<C extends TrustStartCode = TrustStartCode> extends CodedError<C, TrustStartFacts[C]> {
  constructor(code: C, facts: TrustStartFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "TrustStartError";
  }
}
