// What can be wrong with a certificate or a chain of them, whoever brought it.
import { CodedError } from "@sealserve/primitives";

/** `certificate`: its common name, or its place in the chain where it has none. Dates are ISO 8601. */
export interface CertificateErrorFacts {
  "certificate-malformed": { readonly certificate: string; readonly problem: string };
  /** A chain has other links than it must have. */
  "chain-malformed": { readonly problem: string };
  "root-untrusted": { readonly certificate: string; readonly sha256: string };
  "certificate-name": { readonly certificate: string; readonly expected: string };
  "certificate-signature": { readonly certificate: string };
  "not-a-ca": { readonly certificate: string };
  "ca-as-leaf": { readonly certificate: string };
  "path-length": { readonly certificate: string; readonly allowed: number; readonly found: number };
  "key-usage": { readonly certificate: string; readonly missing: string };
  "certificate-revoked": { readonly certificate: string; readonly serial: string };
  expired: { readonly what: string; readonly until: string; readonly now: string };
  "not-yet-valid": { readonly what: string; readonly from: string; readonly now: string };
}

export type CertificateErrorCode = keyof CertificateErrorFacts;

export const certificateSentences: {
  readonly [C in CertificateErrorCode]: (facts: CertificateErrorFacts[C]) => string;
} = {
  "certificate-malformed": (f) => `certificate '${f.certificate}': ${f.problem}`,
  "chain-malformed": (f) => `certificate chain: ${f.problem}`,
  "root-untrusted": (f) => `root '${f.certificate}' (SHA-256 ${f.sha256}) is no trust anchor`,
  "certificate-name": (f) => `certificate '${f.certificate}' should be ${f.expected}`,
  "certificate-signature": (f) => `certificate '${f.certificate}' is not signed by its issuer`,
  "not-a-ca": (f) => `certificate '${f.certificate}' issues others, but is not a CA`,
  "ca-as-leaf": (f) => `certificate '${f.certificate}' is a CA where a leaf must stand`,
  "path-length": (f) => `certificate '${f.certificate}' allows ${f.allowed} CAs below it, but there are ${f.found}`,
  "key-usage": (f) => `certificate '${f.certificate}' may not be used for ${f.missing}`,
  "certificate-revoked": (f) => `certificate '${f.certificate}' (serial ${f.serial}) is revoked`,
  expired: (f) => `${f.what} was valid until ${f.until}; now is ${f.now}`,
  "not-yet-valid": (f) => `${f.what} is valid from ${f.from} on; now is ${f.now}`,
};

/** Becomes an `EvidenceError` or a `CollateralError` of the same code, by who brought the certificate. */
export class CertificateError<C extends CertificateErrorCode = CertificateErrorCode> extends CodedError<
  C,
  CertificateErrorFacts[C]
> {
  constructor(code: C, facts: CertificateErrorFacts[C], cause?: unknown) {
    super(code, certificateSentences[code](facts), facts, cause);
    this.name = "CertificateError";
  }
}
