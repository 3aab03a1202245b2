// What the verifier found (RFC 9334, "Attestation Results"): only ever of evidence that a policy accepts.
import type { Claims } from "./claims.ts";
import type { TcbStatus } from "./tcb-status.ts";

export interface AttestationResult {
  readonly claims: Claims;
  readonly tcbStatus: TcbStatus;
  /** Such as INTEL-SA-00615. */
  readonly advisories: readonly string[];
  /** Name of the root, and whether it is one of simulated hardware. */
  readonly root: { readonly name: string; readonly sha256: string; readonly simulated: boolean };
  /** Names of the policy and of the reference value that accepted it. */
  readonly policy: string;
  readonly reference: string;
  /** The collateral's evaluation number; null for SEV-SNP. */
  readonly tcbEvaluationDataNumber: number | null;
  /** From when on this result must not be relied on any more: the end of the collateral's validity. */
  readonly notAfter: Date;
}
