// Builds the verifier of a relying party: evidence of all three TEEs, verified and appraised.
import { appraise } from "./appraisal/appraise.ts";
import { rememberEvaluationNumbers } from "./evaluation-numbers.ts";
import { checkClock, rememberSignedTimes, type SignedTimes } from "./signed-times.ts";
import type { Verifier } from "./verifier.ts";
import { type VerificationParts, verifyEvidence } from "./verify-evidence.ts";

/** `evaluationNumbers` and `signedTimes` left out: remembered as long as the verifier lives. */
export type VerifierParts = Omit<VerificationParts, "evaluationNumbers"> &
  Partial<Pick<VerificationParts, "evaluationNumbers">> & {
    /** When collateral that was seen was signed: a clock that says less is refused. */
    readonly signedTimes?: SignedTimes;
  };

export function createVerifier(parts: VerifierParts): Verifier {
  const { signedTimes = rememberSignedTimes() } = parts;
  const complete = { evaluationNumbers: rememberEvaluationNumbers(), ...parts };
  return {
    async verify(evidence, expected, policy, now, signal) {
      const verified = await verifyEvidence(evidence, { expected, now, signal }, complete);
      checkClock(verified, now, signedTimes);
      const { reference } = appraise(verified, policy, now);
      const { name, sha256, simulated } = verified.root;
      return {
        claims: verified.claims,
        tcbStatus: verified.tcbStatus,
        advisories: verified.advisories,
        root: { name, sha256, simulated },
        policy: policy.name,
        reference,
        tcbEvaluationDataNumber: verified.tcbEvaluationDataNumber,
        notAfter: verified.notAfter,
      };
    },
  };
}
