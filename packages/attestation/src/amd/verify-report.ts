// The main act for AMD: whether genuine hardware made a report, and at which patch levels.
import type { Bytes } from "@sealserve/primitives";
import { importPublicKey, isSignedBy } from "#verify-crypto";
import type { SnpClaims, SnpTcb } from "../claims.ts";
import type { SnpCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import type { VerifiedEvidence } from "../verified-evidence.ts";
import { CertificateError } from "../x509/certificate-error.ts";
import type { Validity } from "../x509/validity.ts";
import type { Endorsement } from "./endorsement.ts";
import { findSnpChain, type SnpChain, verifySnpChain } from "./snp-chain.ts";
import { readTcb, type SnpProduct } from "./snp-product.ts";
import type { SnpReport } from "./snp-report.ts";
import { checkRevocation } from "./snp-revocation.ts";

/** Debug guests get this far: `appraise` refuses them whatever the policy says. */
export interface VerifiedReport extends VerifiedEvidence {
  readonly claims: SnpClaims;
  readonly tcbEvaluationDataNumber: null;
}

export interface ReportVerification {
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  /** Certificates that came with the evidence; where they make no whole chain, those of the collateral complete them. */
  readonly certificates: readonly Bytes[];
  /** Accept collateral without AMD's revocation list: a revoked ASK is not noticed then. */
  readonly withoutRevocationList?: true;
}

/** Throws `EvidenceError` for the report and certificates that came with it, `CollateralError` for what was fetched. */
export async function verifyReport(
  report: SnpReport,
  collateral: SnpCollateral,
  verification: ReportVerification,
): Promise<VerifiedReport> {
  const { anchors, now } = verification;
  const { chain, raise } = findChain(verification.certificates, collateral.certificates);
  const { anchor, endorsement } = await verifySnpChain(chain, report.signedBy, anchors, now).catch(raise);
  await verifySignature(report, chain);
  const tcb = checkEndorsement(report, endorsement);
  const list = await checkList(chain, collateral, verification).catch(raise);
  const until = Math.min(list?.until ?? Number.POSITIVE_INFINITY, ...chain.map((certificate) => certificate.until));
  return {
    claims: toClaims(report, endorsement.product, tcb),
    tcbStatus: "UpToDate",
    advisories: [],
    outOfDateSince: null,
    root: anchor,
    tcbEvaluationDataNumber: null,
    collateralIssuedAt: list && new Date(list.from),
    notAfter: new Date(until),
  };
}

/** Whoever brought the chain is blamed for it. */
function findChain(
  own: readonly Bytes[],
  fetched: readonly Bytes[],
): { readonly chain: SnpChain; readonly raise: (error: unknown) => never } {
  const complete = attempt(() => findSnpChain(own), blameEvidence);
  if (complete) return { chain: complete, raise: blameEvidence };
  const joined = attempt(() => findSnpChain([...own, ...fetched]), blameCollateral);
  if (joined) return { chain: joined, raise: blameCollateral };
  throw new CollateralError("not-found", {
    source: "the collateral",
    what: "the chain from the report's key (VCEK or VLEK) over ASK or ASVK to ARK",
  });
}

function attempt<T>(act: () => T, raise: (error: unknown) => never): T {
  try {
    return act();
  } catch (error) {
    return raise(error);
  }
}

function blameEvidence(error: unknown): never {
  throw error instanceof CertificateError ? new EvidenceError(error.code, error.facts as never, error) : error;
}

function blameCollateral(error: unknown): never {
  throw error instanceof CertificateError ? new CollateralError(error.code, error.facts as never, error) : error;
}

async function verifySignature({ signed, signature }: SnpReport, [leaf]: SnpChain): Promise<void> {
  const key = await importPublicKey("ecdsa-p384-sha384", leaf.publicKey);
  if (!key) throw new EvidenceError("key-invalid", { what: `key of '${leaf.subjectName}'` });
  if (!(await isSignedBy("ecdsa-p384-sha384", key, signature, signed))) throw new EvidenceError("report-signature", {});
}

/** The certificate decides about patch levels and chip; the report must say the same. */
function checkEndorsement(report: SnpReport, { product, tcb, hardwareId }: Endorsement): SnpTcb {
  if (report.product !== null) expect("product", product, report.product);
  const reported = readTcb(product, report.reportedTcb);
  if (!reported) throw new EvidenceError("reserved-bits", { field: "reported_tcb", found: toHex(report.reportedTcb) });
  expect("reported_tcb", levels(tcb), levels(reported));
  if (hardwareId !== null) {
    const padded = new Uint8Array(64);
    padded.set(hardwareId);
    // A host may mask the chip id: then nothing says that this VCEK's chip made the report.
    expect("chip_id", toHex(padded), report.chipId === null ? "masked" : toHex(report.chipId));
  }
  return reported;
}

function levels({ bootLoader, tee, snp, microcode, fmc }: SnpTcb): string {
  return [...(fmc === null ? [] : [fmc]), bootLoader, tee, snp, microcode].join(".");
}

function expect(field: string, expected: string, found: string): void {
  if (found !== expected) throw new EvidenceError("certificate-mismatch", { field, expected, found });
}

/** When the list holds; null where it is left out on purpose. */
async function checkList(
  chain: SnpChain,
  { crl }: SnpCollateral,
  verification: ReportVerification,
): Promise<Validity | null> {
  if (crl !== null) return checkRevocation(chain, crl, verification.now);
  if (verification.withoutRevocationList) return null;
  throw new CollateralError("not-found", { source: "the collateral", what: "AMD's revocation list" });
}

function toClaims(report: SnpReport, product: SnpProduct, reportedTcb: SnpTcb): SnpClaims {
  return {
    tee: "snp",
    product,
    reportData: toHex(report.reportData),
    debug: report.debug,
    hardwareId: report.chipId === null ? null : toHex(report.chipId),
    measurement: toHex(report.measurement),
    hostData: toHex(report.hostData),
    idKeyDigest: toHex(report.idKeyDigest),
    authorKeyDigest: toHex(report.authorKeyDigest),
    guestSvn: report.guestSvn,
    vmpl: report.vmpl,
    policy: report.policy.toString(16).padStart(16, "0"),
    reportedTcb,
  };
}
