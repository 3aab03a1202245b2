// Why collateral is missing or cannot be relied on: a closed list. Other collateral, fetched later or elsewhere, may help.
import { CodedError } from "@sealserve/primitives";
import type { CertificateErrorFacts } from "./x509/certificate-error.ts";
import { certificateSentences } from "./x509/certificate-error.ts";

/** Facts of each code; hex where a value is bytes. What concerns a certificate is about one that came with the collateral. */
export interface CollateralErrorFacts extends CertificateErrorFacts {
  // From a source. `retryAfter`: seconds, where the source said so.
  unavailable: { readonly source: string; readonly reason: string; readonly retryAfter?: number };
  "not-found": { readonly source: string; readonly what: string };
  "too-large": { readonly what: string; readonly limit: number };
  // From its bytes. `expired` and `not-yet-valid` (in the base) are also said of CRLs, TCB info and QE identity.
  malformed: { readonly what: string; readonly problem: string };
  "collateral-signature": { readonly what: string };
  /** A CRL is by another issuer than the certificates it is for. */
  "crl-issuer": { readonly what: string };
  /** The collateral's chains or the evidence's end in different roots. */
  "root-mismatch": { readonly what: string };
  "status-unknown": { readonly what: string; readonly found: string };
  /** It is for another TEE, platform or product than the evidence's. */
  "platform-mismatch": { readonly field: string; readonly expected: string; readonly found: string };
  /** Genuine and in its window, but older than what was seen before. */
  rollback: { readonly what: string; readonly atLeast: number; readonly found: number };
  /** Collateral was seen that was signed after what the clock says: the clock went back. */
  "clock-behind": { readonly now: string; readonly signed: string };
}

export type CollateralErrorCode = keyof CollateralErrorFacts;

const sentences: { readonly [C in CollateralErrorCode]: (facts: CollateralErrorFacts[C]) => string } = {
  ...certificateSentences,
  unavailable: (f) => `${f.source} gives no collateral: ${f.reason}`,
  "not-found": (f) => `${f.source} does not know ${f.what}`,
  "too-large": (f) => `${f.what} is larger than ${f.limit} bytes`,
  malformed: (f) => `${f.what}: ${f.problem}`,
  "collateral-signature": (f) => `the signature of ${f.what} does not hold`,
  "crl-issuer": (f) => `${f.what} is by another issuer than the certificates it is for`,
  "root-mismatch": (f) => `${f.what} ends in another root`,
  "status-unknown": (f) => `${f.what} has unknown TCB status '${f.found}'`,
  "platform-mismatch": (f) => `collateral's ${f.field} must be ${f.expected}, but is ${f.found}`,
  "clock-behind": (f) =>
    `the clock says ${f.now}, but collateral was seen that was signed at ${f.signed}: set the clock`,
  rollback: (f) => `${f.what} has evaluation number ${f.found}, but ${f.atLeast} was seen before`,
};

/** Retry: the collateral is missing, stale or not genuine; the evidence may be good. */
export class CollateralError<C extends CollateralErrorCode = CollateralErrorCode> extends CodedError<
  C,
  CollateralErrorFacts[C]
> {
  constructor(code: C, facts: CollateralErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "CollateralError";
  }
}
