// From evidence of any TEE to verified claims: parse, refuse what is refused anyway, fetch collateral, verify.
import { equalBytes } from "@sealserve/primitives";
import { endorsedProduct } from "./amd/snp-chain.ts";
import { type SnpProduct, snpProducts } from "./amd/snp-product.ts";
import { parseReport, type SnpReport } from "./amd/snp-report.ts";
import { verifyReport } from "./amd/verify-report.ts";
import { refuseDebug } from "./appraisal/appraise.ts";
import type { CollateralSource, SnpCollateral } from "./collateral.ts";
import { CollateralError } from "./collateral-error.ts";
import type { EvaluationNumbers } from "./evaluation-numbers.ts";
import type { Evidence, QuoteEvidence, ReportEvidence } from "./evidence.ts";
import { EvidenceError } from "./evidence-error.ts";
import { toHex } from "./hex.ts";
import { collateralRequest } from "./intel/collateral-request.ts";
import { parseQuote } from "./intel/parse-quote.ts";
import type { VerifiedCollateralCache } from "./intel/verified-collateral-cache.ts";
import { verifyQuote } from "./intel/verify-quote.ts";
import type { ReportData } from "./report-data.ts";
import type { TrustAnchor } from "./trust-anchor.ts";
import type { VerifiedEvidence } from "./verified-evidence.ts";

export interface EvidenceVerification {
  /** `"not-compared"`: whoever calls does not care for whom, or when, the evidence was made: nothing then keeps it from being a replay. */
  readonly expected: ReportData | "not-compared";
  readonly now: Date;
  readonly signal: AbortSignal;
}

export interface VerificationParts {
  /** Production: `[intelRoot, ...amdRoots]`. Roots of simulated hardware are of use only with a policy that names them. */
  readonly anchors: readonly TrustAnchor[];
  readonly collateral: CollateralSource;
  /** The highest evaluation numbers that were seen: older collateral is refused. */
  readonly evaluationNumbers: EvaluationNumbers;
  /** Spares verifying the same collateral of Intel again. */
  readonly cache?: VerifiedCollateralCache;
  /** Accept SEV-SNP collateral without AMD's revocation list. */
  readonly withoutRevocationList?: true;
}

/**
 * Whether `evidence` is genuine and, if so, what it says: not whether anybody accepts it. Throws `EvidenceError`, `CollateralError`, and
 * `PolicyError` `debug-refused`: a debug TEE is refused before anything is fetched for it.
 */
export function verifyEvidence(
  evidence: Evidence,
  verification: EvidenceVerification,
  parts: VerificationParts,
): Promise<VerifiedEvidence> {
  return evidence.tee === "snp" ? verifySnp(evidence, verification, parts) : verifyDcap(evidence, verification, parts);
}

async function verifyDcap(
  evidence: QuoteEvidence,
  { expected, now, signal }: EvidenceVerification,
  { anchors, collateral: source, evaluationNumbers, cache }: VerificationParts,
): Promise<VerifiedEvidence> {
  const quote = parseQuote(evidence.quote);
  if (quote.body.tee !== evidence.tee) {
    throw new EvidenceError("tee-mismatch", { expected: evidence.tee, found: quote.body.tee });
  }
  refuseDebug(quote.body);
  checkReportData(quote.body.reportData, expected);
  const request = collateralRequest(quote);
  const collateral = await source.fetch(request, signal);
  if (collateral.kind !== "dcap") throw otherKind("dcap", collateral.kind);
  // By root: what a simulated one has issued says nothing of what Intel has.
  const platformOf = (root: TrustAnchor) => `${root.sha256}/${request.tee}/${request.fmspc}`;
  const verified = await verifyQuote(quote, collateral, {
    anchors,
    now,
    minEvaluationDataNumber: (root) => evaluationNumbers.highest(platformOf(root)),
    ...(cache === undefined ? {} : { cache }),
  });
  evaluationNumbers.saw(platformOf(verified.root), verified.tcbEvaluationDataNumber);
  return verified;
}

async function verifySnp(
  { report: bytes, certificates }: ReportEvidence,
  { expected, now, signal }: EvidenceVerification,
  { anchors, collateral: source, withoutRevocationList }: VerificationParts,
): Promise<VerifiedEvidence> {
  const report = parseReport(bytes);
  refuseDebug({ tee: "snp", debug: report.debug });
  checkReportData(report.reportData, expected);
  const known = report.product ?? endorsedProduct(certificates);
  const collateral = await fetchSnp(report, known === null ? snpProducts : [known], source, signal);
  return verifyReport(report, collateral, {
    ...{ anchors, now, certificates },
    ...(withoutRevocationList ? { withoutRevocationList } : {}),
  });
}

/** Reports of version 2 do not tell the product: then each is asked for until one knows the chip. */
async function fetchSnp(
  { chipId, signedBy, reportedTcb }: SnpReport,
  products: readonly SnpProduct[],
  source: CollateralSource,
  signal: AbortSignal,
): Promise<SnpCollateral> {
  // A leased key is no chip's.
  const chip = signedBy === "vlek" ? null : chipId;
  const request = {
    kind: "snp",
    chipId: toHex(chip ?? new Uint8Array(64)),
    reportedTcb: toHex(reportedTcb),
  } as const;
  let unknown: unknown;
  for (const product of products) {
    try {
      const collateral = await source.fetch({ ...request, product }, signal);
      if (collateral.kind !== "snp") throw otherKind("snp", collateral.kind);
      return collateral;
    } catch (error) {
      if (!(error instanceof CollateralError && error.code === "not-found")) throw error;
      unknown ??= error;
    }
  }
  throw unknown;
}

function checkReportData(found: Uint8Array, expected: ReportData | "not-compared"): void {
  if (expected === "not-compared" || equalBytes(found, expected)) return;
  throw new EvidenceError("report-data-mismatch", {});
}

function otherKind(expected: string, found: string): CollateralError {
  return new CollateralError("platform-mismatch", { field: "kind", expected, found });
}
