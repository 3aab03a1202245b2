// What Intel calls its certificates; its own verification library looks at no more of their names.
import type { Certificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/certificate-error.ts";

const phrases = {
  "root CA": "SGX Root CA",
  "PCK CA": "CA",
  "PCK certificate": "SGX PCK Certificate",
  "TCB signing": "SGX TCB Signing",
} as const;

export type IntelRole = keyof typeof phrases;

/** Throws {@link CertificateError}: `certificate-name`, or `key-usage` for a signer that may not sign. */
export function checkName(certificate: Certificate, role: IntelRole): void {
  const name = certificate.subjectName;
  const expected = phrases[role];
  if (!name.includes(expected)) throw new CertificateError("certificate-name", { certificate: name, expected });
  const signs = role === "PCK certificate" || role === "TCB signing";
  if (signs && !certificate.extensions.keyUsage?.has("digitalSignature")) {
    throw new CertificateError("key-usage", { certificate: name, missing: "digitalSignature" });
  }
}
