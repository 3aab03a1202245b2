// Why an attestation result token is not accepted: a closed list.
import { CodedError } from "@sealserve/primitives";

export interface EarErrorFacts {
  malformed: { readonly problem: string };
  /** The token's header asks for an algorithm other than those of the pinned keys: `none`, HS256 and the like. */
  "algorithm-refused": { readonly found: string };
  "key-unknown": { readonly keyId: string | null };
  "signature-invalid": Readonly<Record<never, never>>;
  "issuer-refused": { readonly expected: string };
  "audience-refused": { readonly expected: string };
  "nonce-mismatch": Readonly<Record<never, never>>;
  expired: { readonly until: string; readonly now: string };
  "not-yet-valid": { readonly from: string; readonly now: string };
  /** The verifier does not vouch for the hardware: simulated, or worse than affirming. */
  "not-affirming": { readonly status: string; readonly root: string };
}

export type EarErrorCode = keyof EarErrorFacts;

const sentences: { readonly [C in EarErrorCode]: (facts: EarErrorFacts[C]) => string } = {
  malformed: (f) => `the attestation result is malformed: ${f.problem}`,
  "algorithm-refused": (f) => `the attestation result is signed with ${f.found}, which no pinned key uses`,
  "key-unknown": (f) => `the attestation result names key ${f.keyId ?? "(none)"}, which is not pinned`,
  "signature-invalid": () => "no pinned key signed the attestation result",
  "issuer-refused": (f) => `the attestation result is not by ${f.expected}`,
  "audience-refused": (f) => `the attestation result is not for ${f.expected}`,
  "nonce-mismatch": () => "the attestation result answers another nonce",
  expired: (f) => `the attestation result was valid until ${f.until}; now is ${f.now}`,
  "not-yet-valid": (f) => `the attestation result is valid from ${f.from} on; now is ${f.now}`,
  "not-affirming": (f) => `the verifier does not vouch for the hardware (status ${f.status}, root '${f.root}')`,
};

/** Never says what the token holds beyond what the facts name. */
export class EarError<C extends EarErrorCode = EarErrorCode> extends CodedError<C, EarErrorFacts[C]> {
  constructor(code: C, facts: EarErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "EarError";
  }
}
