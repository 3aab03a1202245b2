// Judges one piece of evidence offline: genuine or not, accepted or not, by which policy, and why.
import {
  type AppraisalPolicy,
  amdRoots,
  appraise,
  CollateralError,
  type CollateralSource,
  type Evidence,
  EvidenceError,
  intelRoot,
  PolicyError,
  type ReportData,
  rememberEvaluationNumbers,
  type TrustAnchor,
  type VerifiedEvidence,
  verifyEvidence,
} from "@sealserve/attestation";
import { builtinPolicy } from "./builtin-policy.ts";

export interface Judgement {
  readonly expected: ReportData | "not-compared";
  /** `genuine-only`: no policy is asked, but Revoked hardware is still refused. `built-in`: see `builtinPolicy`. */
  readonly policy: AppraisalPolicy | "built-in" | "genuine-only";
  /** Trusted beside Intel's and AMD's. */
  readonly anchors: readonly TrustAnchor[];
  readonly withoutRevocationList: boolean;
  readonly now: Date;
}

/** What is printed as JSON. */
export interface EvidenceVerdict {
  readonly verdict: "acceptable" | "refused";
  /** A code such as `debug-refused`; null where it is acceptable. */
  readonly reason: string | null;
  readonly message: string;
  /** What was not looked at, in words; empty: everything was. */
  readonly skipped: readonly string[];
  readonly policy: string | null;
  readonly reference: string | null;
  readonly tcbStatus: string | null;
  readonly advisories: readonly string[];
  readonly root: { readonly name: string; readonly simulated: boolean } | null;
  readonly tcbEvaluationDataNumber: number | null;
  /** ISO 8601: until when certificates and collateral hold. */
  readonly notAfter: string | null;
  /** null where the evidence is not genuine: what it says then means nothing. */
  readonly claims: object | null;
}

/** Every known error becomes a refusal; any other is thrown. */
export async function judgeEvidence(
  evidence: Evidence,
  judgement: Judgement,
  collateral: CollateralSource,
): Promise<EvidenceVerdict> {
  let verified: VerifiedEvidence | null = null;
  const skipped = skippedBy(judgement);
  try {
    const { expected, now, withoutRevocationList } = judgement;
    const parts = {
      anchors: [intelRoot, ...amdRoots, ...judgement.anchors],
      collateral,
      evaluationNumbers: rememberEvaluationNumbers(),
      ...(withoutRevocationList ? { withoutRevocationList } : {}),
    };
    const verification = { expected, now, signal: new AbortController().signal };
    verified = await verifyEvidence(evidence, verification, parts);
    const accepted = decide(verified, judgement);
    const message = accepted.policy === null ? "genuine" : `accepted by policy '${accepted.policy}'`;
    return { verdict: "acceptable", reason: null, message, skipped, ...accepted, ...describe(verified) };
  } catch (error) {
    const known = error instanceof EvidenceError || error instanceof CollateralError || error instanceof PolicyError;
    if (!known) throw error;
    const refusal = { reason: error.code, message: error.message, policy: null, reference: null };
    return { verdict: "refused", ...refusal, skipped, ...describe(verified) };
  }
}

interface Decision {
  readonly policy: string | null;
  readonly reference: string | null;
}

function decide(verified: VerifiedEvidence, { policy, anchors, now }: Judgement): Decision {
  if (policy === "genuine-only") {
    const { tcbStatus: status } = verified;
    if (status !== "Revoked") return { policy: null, reference: null };
    throw new PolicyError("tcb-status-refused", { policy, status, accepted: [] });
  }
  // Who names a root on the command line and gives no policy has decided to accept it.
  const simulated = anchors.filter((anchor) => anchor.simulated).map(({ sha256 }) => sha256);
  const used = policy === "built-in" ? builtinPolicy(verified.claims, simulated) : policy;
  const { reference } = appraise(verified, used, now);
  return { policy: used.name, reference: policy === "built-in" ? null : reference };
}

function skippedBy({ expected, policy, withoutRevocationList }: Judgement): readonly string[] {
  return [
    ...(expected === "not-compared" ? ["report data (freshness): give --report-data"] : []),
    ...(policy === "built-in" ? ["measurements: give --policy"] : []),
    ...(policy === "genuine-only" ? ["measurements, TCB status, advisories and hardware: --genuine-only"] : []),
    ...(withoutRevocationList ? ["AMD's revocation list: --no-crl"] : []),
  ];
}

function describe(verified: VerifiedEvidence | null) {
  return {
    tcbStatus: verified?.tcbStatus ?? null,
    advisories: verified?.advisories ?? [],
    root: verified && { name: verified.root.name, simulated: verified.root.simulated },
    tcbEvaluationDataNumber: verified?.tcbEvaluationDataNumber ?? null,
    notAfter: verified?.notAfter.toISOString() ?? null,
    claims: verified?.claims ?? null,
  };
}
