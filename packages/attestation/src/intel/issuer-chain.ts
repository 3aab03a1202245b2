// The chains that come with collateral: whoever signed it, then the root.
import { equalBytes } from "@sealserve/primitives";
import { CollateralError, type CollateralErrorFacts } from "../collateral-error.ts";
import type { Certificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import { parseChain } from "../x509/chain.ts";
import { checkName } from "./intel-names.ts";

export type IssuerChain = readonly [issuer: Certificate, root: Certificate];

/** Parses a chain of two and checks names; its root must be `root` where one is given. Throws `CollateralError` or `CertificateError`. */
export function readIssuerChain(role: "PCK CA" | "TCB signing", pem: string, root: Certificate | null): IssuerChain {
  const [issuer, top] = parseChain(pem, [`${role} certificate`, "root CA"]);
  if (!issuer || !top) throw new CertificateError("chain-malformed", { problem: "not signer and root" });
  checkName(issuer, role);
  checkName(top, "root CA");
  if (root && !equalBytes(top.der, root.der)) throw new CollateralError("root-mismatch", { what: `the ${role} chain` });
  return [issuer, top];
}

/** An error about a certificate that came with the collateral; any other error is returned as it is. */
export function toCollateralError(error: unknown): unknown {
  if (!(error instanceof CertificateError)) return error;
  const code: keyof CollateralErrorFacts = error.code;
  return new CollateralError(code, error.facts, error);
}
