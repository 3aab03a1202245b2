// Whether AMD has revoked a certificate of a chain: the list is the ARK's.
import { type Bytes, reasonOf } from "@sealserve/primitives";
import { CollateralError } from "../collateral-error.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { CrlError, parseCrl, verifyCrl } from "../x509/crl.ts";
import { type Validity, validityFault } from "../x509/validity.ts";
import type { SnpChain } from "./snp-chain.ts";

const what = "AMD's revocation list";

/**
 * Checks the list itself, then that the ASK (ASVK), which alone the ARK issues, is not on it. Returns when the list was
 * issued and until when it holds. Throws `CollateralError` for the list, `CertificateError` `certificate-revoked` for the chain.
 */
export async function checkRevocation([, intermediate, root]: SnpChain, der: Bytes, now: Date): Promise<Validity> {
  const crl = await readList(der, root);
  const validity = { what, from: crl.from, until: crl.until };
  const fault = validityFault(validity, now);
  if (fault) throw new CollateralError(fault.code, fault.facts as never);
  for (const { serial, subjectName: certificate } of [intermediate, root]) {
    if (crl.revoked.has(serial)) throw new CertificateError("certificate-revoked", { certificate, serial });
  }
  return validity;
}

async function readList(der: Bytes, root: SnpChain[2]) {
  try {
    const crl = parseCrl(der);
    await verifyCrl(crl, root);
    return crl;
  } catch (error) {
    if (!(error instanceof CrlError)) throw error;
    switch (error.fault) {
      case "malformed":
      case "too-large":
        throw new CollateralError("malformed", { what, problem: reasonOf(error) }, error);
      case "issuer":
        throw new CollateralError("crl-issuer", { what }, error);
      case "signature":
        throw new CollateralError("collateral-signature", { what }, error);
    }
  }
}
