// The two revocation lists that decide about Intel's certificates.
import type { Bytes } from "@sealserve/primitives";
import { CollateralError } from "../collateral-error.ts";
import type { Certificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { type Crl, CrlError, largestCrl, parseCrl, verifyCrl } from "../x509/crl.ts";

/** Parses `der` and verifies that `issuer` made it. Throws `CollateralError`. */
export async function readCrl(what: string, der: Bytes, issuer: Certificate): Promise<Crl> {
  try {
    const crl = parseCrl(der);
    await verifyCrl(crl, issuer);
    return crl;
  } catch (error) {
    throw error instanceof CrlError ? toCollateralError(what, error) : error;
  }
}

/** Throws {@link CertificateError} `certificate-revoked`. `crl` is by the certificate's issuer. */
export function checkNotRevoked({ subjectName, serial }: Certificate, crl: Crl): void {
  if (crl.revoked.has(serial)) throw new CertificateError("certificate-revoked", { certificate: subjectName, serial });
}

function toCollateralError(what: string, error: CrlError): CollateralError {
  switch (error.fault) {
    case "malformed":
      return new CollateralError("malformed", { what, problem: error.message }, error);
    case "too-large":
      return new CollateralError("too-large", { what, limit: largestCrl }, error);
    case "issuer":
      return new CollateralError("crl-issuer", { what }, error);
    case "signature":
      return new CollateralError("collateral-signature", { what }, error);
  }
}
