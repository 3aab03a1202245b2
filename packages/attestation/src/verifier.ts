// The one question of a relying party: whether evidence is genuine, meant for it, and made by what it accepts.
import type { AppraisalPolicy } from "./appraisal-policy.ts";
import type { AttestationResult } from "./attestation-result.ts";
import type { Evidence } from "./evidence.ts";
import type { ReportData } from "./report-data.ts";

/** Whoever calls gives the clock and the policy; there is no default for either. */
export interface Verifier {
  /**
   * Parses, verifies and appraises. Throws `EvidenceError` (bad evidence: stop), `CollateralError` (try again later) or `PolicyError`
   * (genuine, but not accepted: ask whoever owns the policy); nothing else means no.
   */
  verify(
    evidence: Evidence,
    expected: ReportData,
    policy: AppraisalPolicy,
    now: Date,
    signal: AbortSignal,
  ): Promise<AttestationResult>;
}
