// The PCK certificate of a quote: issued by Intel below the collateral's root, not revoked, valid now.
import { equalBytes } from "@sealserve/primitives";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { verifyChain } from "../x509/chain.ts";
import { type Validity, validityFault } from "../x509/validity.ts";
import { toEvidenceError } from "./certification.ts";
import { checkName } from "./intel-names.ts";
import type { PckChain } from "./quote.ts";
import { checkNotRevoked } from "./revocation.ts";
import { type VerifiedCollateral, validityOf } from "./verify-collateral.ts";

/**
 * The validities of the chain, which hold at `now`. Its root is known to be an anchor.
 * Throws {@link EvidenceError}, or {@link CollateralError} (`root-mismatch`, `crl-issuer`) where the collateral is for another CA.
 */
export async function verifyPckChain(
  chain: PckChain,
  collateral: VerifiedCollateral,
  now: Date,
): Promise<readonly Validity[]> {
  const [leaf, ca, root] = chain;
  if (!equalBytes(root.der, collateral.root.der)) {
    throw new CollateralError("root-mismatch", { what: "the quote's PCK chain" });
  }
  try {
    checkName(leaf, "PCK certificate");
    checkName(ca, "PCK CA");
    // The CA that the collateral brought is verified already; a renewed one of the same key is not.
    const known = equalBytes(ca.der, collateral.pckCa.der);
    await verifyChain(chain, known ? ca : null);
    const sameCa =
      equalBytes(ca.subject, collateral.pckCa.subject) && equalBytes(ca.publicKey, collateral.pckCa.publicKey);
    if (!sameCa) throw new CollateralError("crl-issuer", { what: "PCK CRL" });
    checkNotRevoked(ca, collateral.rootCrl);
    checkNotRevoked(leaf, collateral.pckCrl);
  } catch (error) {
    throw toEvidenceError(error);
  }
  const validities = [leaf, ca].map(validityOf);
  for (const validity of validities) {
    const fault = validityFault(validity, now);
    if (fault?.code === "expired") throw new EvidenceError("expired", fault.facts);
    if (fault) throw new EvidenceError("not-yet-valid", fault.facts);
  }
  return validities;
}
