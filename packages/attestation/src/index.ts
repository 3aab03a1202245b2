// Parse, verify and appraise evidence of SGX, TDX and SEV-SNP.
export { amdRoots } from "./amd/amd-roots.ts";
export { parseReport, type SnpReport } from "./amd/snp-report.ts";
export { type ReportVerification, type VerifiedReport, verifyReport } from "./amd/verify-report.ts";
export { acceptNobody } from "./appraisal/accept-nobody.ts";
export { type Acceptance, appraise } from "./appraisal/appraise.ts";
export { parsePolicy } from "./appraisal/parse-policy.ts";
export {
  type AnyPolicyError,
  isPolicyError,
  type MissedReference,
  PolicyError,
  type PolicyErrorCode,
  type PolicyErrorFacts,
  type PolicyFault,
  type ReferenceMiss,
} from "./appraisal/policy-error.ts";
export type { AppraisalPolicy, ReferenceValue, SgxReference, SnpReference, TdxReference } from "./appraisal-policy.ts";
export type { AttestationResult } from "./attestation-result.ts";
export type { Claims, SgxClaims, SnpClaims, SnpTcb, TdxClaims } from "./claims.ts";
export type { Collateral, CollateralRequest, CollateralSource, DcapCollateral, SnpCollateral } from "./collateral.ts";
export { CollateralError, type CollateralErrorCode, type CollateralErrorFacts } from "./collateral-error.ts";
export {
  bundleSource,
  type CollateralBundle,
  readBundle,
  writeBundle,
} from "./collateral-sources/bundle.ts";
export { byVendor, type VendorSources } from "./collateral-sources/by-vendor.ts";
export {
  type CacheOptions,
  type CacheParts,
  type CacheServed,
  cachedSource,
} from "./collateral-sources/cached-source.ts";
export type { CollateralFile } from "./collateral-sources/collateral-file.ts";
export { toFiles } from "./collateral-sources/collateral-files.ts";
export { readCollateralJson, writeCollateralJson } from "./collateral-sources/collateral-json.ts";
export { type CollateralWindow, windowOf } from "./collateral-sources/collateral-window.ts";
export { filesSource } from "./collateral-sources/files-source.ts";
export { type KdsOptions, kdsSource } from "./collateral-sources/kds-source.ts";
export type { Fetch, FetchLimits } from "./collateral-sources/limited-fetch.ts";
export { type PccsOptions, pccsSource } from "./collateral-sources/pccs-source.ts";
export { type PcsOptions, pcsSource } from "./collateral-sources/pcs-source.ts";
export { createVerifier, type VerifierParts } from "./create-verifier.ts";
export type { EarStatus, TrustworthinessVector } from "./ear/ear-claims.ts";
export { EarError, type EarErrorCode, type EarErrorFacts } from "./ear/ear-error.ts";
export type { EarAlgorithm, PinnedKey } from "./ear/ear-key.ts";
export { type IssueEarOptions, issueEar } from "./ear/issue-ear.ts";
export { type VerifiedEar, type VerifyEarOptions, verifyEar } from "./ear/verify-ear.ts";
export { type EvaluationNumbers, rememberEvaluationNumbers } from "./evaluation-numbers.ts";
export type { Evidence, QuoteEvidence, ReportEvidence, TeeKind } from "./evidence.ts";
export { EvidenceError, type EvidenceErrorCode, type EvidenceErrorFacts } from "./evidence-error.ts";
export { collateralRequest } from "./intel/collateral-request.ts";
export { intelRoot } from "./intel/intel-root.ts";
export { parseQuote } from "./intel/parse-quote.ts";
export type { Quote } from "./intel/quote.ts";
export { VerifiedCollateralCache } from "./intel/verified-collateral-cache.ts";
export type { VerifiedQuote } from "./intel/verified-quote.ts";
export { type QuoteVerification, verifyQuote } from "./intel/verify-quote.ts";
export { parseTrustAnchors } from "./parse-trust-anchors.ts";
export { type ReportData, toReportData } from "./report-data.ts";
export { rememberSignedTimes, type SignedTimes } from "./signed-times.ts";
export { parseSigstruct, type Sigstruct, sigstructLength } from "./sigstruct/parse-sigstruct.ts";
export { SigstructError, type SigstructErrorCode, type SigstructErrorFacts } from "./sigstruct/sigstruct-error.ts";
export { type VerifiedSigstruct, verifySigstruct } from "./sigstruct/verify-sigstruct.ts";
export { type TcbStatus, tcbStatuses } from "./tcb-status.ts";
export type { TrustAnchor } from "./trust-anchor.ts";
export type { VerifiedEvidence } from "./verified-evidence.ts";
export type { Verifier } from "./verifier.ts";
export { type EvidenceVerification, type VerificationParts, verifyEvidence } from "./verify-evidence.ts";
