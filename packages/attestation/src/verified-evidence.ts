// What verification hands to appraisal: genuine evidence of some hardware, not yet accepted by anybody.
import type { Claims } from "./claims.ts";
import type { TcbStatus } from "./tcb-status.ts";
import type { TrustAnchor } from "./trust-anchor.ts";

export interface VerifiedEvidence {
  readonly claims: Claims;
  readonly tcbStatus: TcbStatus;
  /** Such as INTEL-SA-00615. */
  readonly advisories: readonly string[];
  /** Date of the first TCB level that the platform does not reach; null where it reaches all, or has none. */
  readonly outOfDateSince: Date | null;
  readonly root: TrustAnchor;
  /** The collateral's evaluation number; null for SEV-SNP. */
  readonly tcbEvaluationDataNumber: number | null;
  /**
   * The oldest date of issue among Intel's signed documents and PCK list, or that of AMD's list; null where AMD's list is left out. The list
   * of Intel's root does not count: it is written about once a year.
   */
  readonly collateralIssuedAt: Date | null;
  /** End of the validity of the certificates and collateral. */
  readonly notAfter: Date;
}
