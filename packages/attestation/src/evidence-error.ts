// Why evidence is not genuine, or cannot be judged by anyone: a closed list. Trying again with the same evidence will not help.
import { CodedError } from "@sealserve/primitives";
import type { CertificateErrorFacts } from "./x509/certificate-error.ts";
import { certificateSentences } from "./x509/certificate-error.ts";

/** Facts of each code; hex where a value is bytes. What concerns a certificate is about one that came with the evidence. */
export interface EvidenceErrorFacts extends CertificateErrorFacts {
  // The bytes.
  truncated: { readonly what: string; readonly wanted: number; readonly found: number };
  malformed: { readonly what: string; readonly problem: string };
  unsupported: { readonly what: string; readonly found: string; readonly allowed: string };
  "trailing-bytes": { readonly what: string; readonly count: number };
  "reserved-bits": { readonly field: string; readonly found: string };
  "tee-mismatch": { readonly expected: string; readonly found: string };
  // Who signed it.
  "key-invalid": { readonly what: string };
  "qe-report-signature": Readonly<Record<never, never>>;
  "qe-report-data": { readonly problem: string };
  "quote-signature": Readonly<Record<never, never>>;
  "report-signature": Readonly<Record<never, never>>;
  /** A certificate is genuine, but speaks of another chip or firmware than the evidence does. */
  "certificate-mismatch": { readonly field: string; readonly expected: string; readonly found: string };
  // What signed it.
  "qe-identity-mismatch": { readonly field: string; readonly expected: string; readonly found: string };
  "tdx-module-mismatch": { readonly field: string; readonly expected: string; readonly found: string };
  "tcb-not-supported": { readonly what: string };
  // For whom.
  "report-data-mismatch": Readonly<Record<never, never>>;
}

export type EvidenceErrorCode = keyof EvidenceErrorFacts;

const mismatch = (f: { readonly field: string; readonly expected: string; readonly found: string }) =>
  `${f.field} must be ${f.expected}, but is ${f.found}`;

const sentences: { readonly [C in EvidenceErrorCode]: (facts: EvidenceErrorFacts[C]) => string } = {
  ...certificateSentences,
  truncated: (f) => `${f.what} needs ${f.wanted} bytes, but ${f.found} are left`,
  malformed: (f) => `${f.what}: ${f.problem}`,
  unsupported: (f) => `${f.what} is ${f.found}; allowed: ${f.allowed}`,
  "trailing-bytes": (f) => `${f.count} bytes follow ${f.what}, and not all are zero`,
  "reserved-bits": (f) => `reserved bits of ${f.field} must be zero, but the field is ${f.found}`,
  "tee-mismatch": (f) => `the evidence was announced as ${f.expected}, but is ${f.found}`,
  "key-invalid": (f) => `${f.what} is not a point on its curve`,
  "qe-report-signature": () => "the PCK certificate's key did not sign the quoting enclave's report",
  "qe-report-data": (f) => `the report data of the quoting enclave's report: ${f.problem}`,
  "quote-signature": () => "the attestation key did not sign this quote",
  "report-signature": () => "the chip's key did not sign this report",
  "certificate-mismatch": mismatch,
  "qe-identity-mismatch": (f) => `quoting enclave: ${mismatch(f)}`,
  "tdx-module-mismatch": (f) => `TDX module: ${mismatch(f)}`,
  "tcb-not-supported": (f) => `the collateral knows no TCB level for ${f.what}`,
  "report-data-mismatch": () => "the evidence was made for other report data",
};

/** Stop: the evidence is bad. */
export class EvidenceError<C extends EvidenceErrorCode = EvidenceErrorCode> extends CodedError<
  C,
  EvidenceErrorFacts[C]
> {
  constructor(code: C, facts: EvidenceErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "EvidenceError";
  }
}
