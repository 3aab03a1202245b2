// Whether collateral is Intel's own, whatever the time: chains, revocation lists and signed documents.
import type { DcapCollateral } from "../collateral.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import type { Certificate } from "../x509/certificate.ts";
import { checkAuthority, findAnchor, verifyChain, verifyLinks } from "../x509/chain.ts";
import type { Crl } from "../x509/crl.ts";
import type { Validity } from "../x509/validity.ts";
import { type IssuerChain, readIssuerChain, toCollateralError } from "./issuer-chain.ts";
import { parseQeIdentity } from "./parse-qe-identity.ts";
import { parseTcbInfo } from "./parse-tcb-info.ts";
import type { QeIdentity } from "./qe-identity.ts";
import { checkNotRevoked, readCrl } from "./revocation.ts";
import type { TcbInfo } from "./tcb-info.ts";
import { verifyDocument } from "./verify-document.ts";

/** Genuine collateral. Nothing in it depends on the time: all of `validities` must hold whenever it is used. */
export interface VerifiedCollateral {
  readonly anchor: TrustAnchor;
  readonly root: Certificate;
  readonly rootCrl: Crl;
  /** Issuer of PCK certificates and of `pckCrl`. */
  readonly pckCa: Certificate;
  readonly pckCrl: Crl;
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
  readonly validities: readonly Validity[];
}

/** Verifies everything of `collateral` but its dates. Throws `CollateralError`. */
export async function verifyCollateral(
  collateral: DcapCollateral,
  anchors: readonly TrustAnchor[],
): Promise<VerifiedCollateral> {
  try {
    const chains = readChains(collateral);
    const [pckCa, root] = chains.pckCa;
    const anchor = await findAnchor(root, "intel", anchors);
    checkAuthority(pckCa);
    await verifyLinks(chains.pckCa);
    for (const chain of new Set([chains.tcbInfo, chains.qeIdentity])) await verifyChain(chain);
    const rootCrl = await readCrl("root CA CRL", collateral.rootCaCrl, root);
    const pckCrl = await readCrl("PCK CRL", collateral.pckCrl, pckCa);
    for (const [certificate] of new Set(Object.values(chains))) checkNotRevoked(certificate, rootCrl);
    await verifyDocument("TCB info", collateral.tcbInfo, collateral.tcbInfoSignature, chains.tcbInfo[0]);
    await verifyDocument("QE identity", collateral.qeIdentity, collateral.qeIdentitySignature, chains.qeIdentity[0]);
    const tcbInfo = parseTcbInfo(collateral.tcbInfo);
    const qeIdentity = parseQeIdentity(collateral.qeIdentity);
    const validities = [
      ...[root, pckCa, chains.tcbInfo[0], chains.qeIdentity[0]].map(validityOf),
      { what: "root CA CRL", from: rootCrl.from, until: rootCrl.until },
      { what: "PCK CRL", from: pckCrl.from, until: pckCrl.until },
      { what: "TCB info", from: tcbInfo.issueDate, until: tcbInfo.nextUpdate },
      { what: "QE identity", from: qeIdentity.issueDate, until: qeIdentity.nextUpdate },
    ];
    return { anchor, root, rootCrl, pckCa, pckCrl, tcbInfo, qeIdentity, validities };
  } catch (error) {
    throw toCollateralError(error);
  }
}

interface Chains {
  readonly pckCa: IssuerChain;
  readonly tcbInfo: IssuerChain;
  readonly qeIdentity: IssuerChain;
}

/** Three chains below one root; as a rule the last two are the same. */
function readChains(collateral: DcapCollateral): Chains {
  const pckCa = readIssuerChain("PCK CA", collateral.pckCrlIssuerChain, null);
  const tcbInfo = readIssuerChain("TCB signing", collateral.tcbInfoIssuerChain, pckCa[1]);
  const same = collateral.qeIdentityIssuerChain === collateral.tcbInfoIssuerChain;
  const qeIdentity = same ? tcbInfo : readIssuerChain("TCB signing", collateral.qeIdentityIssuerChain, pckCa[1]);
  return { pckCa, tcbInfo, qeIdentity };
}

export function validityOf({ subjectName, from, until }: Certificate): Validity {
  return { what: `certificate '${subjectName}'`, from, until };
}
