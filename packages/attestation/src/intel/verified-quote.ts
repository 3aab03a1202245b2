// A quote of genuine Intel hardware, judged by genuine collateral; whether it is acceptable is the policy's question.
import type { SgxClaims, TdxClaims } from "../claims.ts";
import type { VerifiedEvidence } from "../verified-evidence.ts";

/** Debug TEEs and status Revoked get this far: `appraise` refuses them whatever the policy says. */
export interface VerifiedQuote extends VerifiedEvidence {
  readonly claims: SgxClaims | TdxClaims;
  readonly tcbEvaluationDataNumber: number;
  readonly collateralIssuedAt: Date;
}
