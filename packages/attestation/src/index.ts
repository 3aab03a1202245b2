// Parse, verify and appraise evidence of SGX, TDX and SEV-SNP.
export { amdRoots } from "./amd/amd-roots.ts";
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
export type { Evidence, QuoteEvidence, ReportEvidence, TeeKind } from "./evidence.ts";
export { type ReportData, toReportData } from "./report-data.ts";
export { type TcbStatus, tcbStatuses } from "./tcb-status.ts";
export type { TrustAnchor } from "./trust-anchor.ts";
export type { VerifiedEvidence } from "./verified-evidence.ts";
export type { Verifier } from "./verifier.ts";
