// Decides whether genuine evidence is accepted: starts at no, and each rule of the policy must hold.
import type { AppraisalPolicy } from "../appraisal-policy.ts";
import type { Claims } from "../claims.ts";
import { type TcbStatus, tcbStatuses } from "../tcb-status.ts";
import type { VerifiedEvidence } from "../verified-evidence.ts";
import { isoDate } from "../x509/validity.ts";
import { matchReference } from "./match-reference.ts";
import { type MissedReference, PolicyError } from "./policy-error.ts";

const dayMs = 24 * 60 * 60 * 1000;

export interface Acceptance {
  /** Name of the reference value that matched. */
  readonly reference: string;
}

/** Throws `PolicyError` unless every rule of `policy` holds at `now`. Pure: no clock, no network. */
export function appraise(verified: VerifiedEvidence, policy: AppraisalPolicy, now: Date): Acceptance {
  refuseDebug(verified.claims);
  checkRoot(verified, policy);
  checkCollateralAge(verified, policy, now);
  checkTcbStatus(verified, policy, now);
  checkAdvisories(verified, policy);
  checkHardware(verified.claims, policy);
  return findReference(verified.claims, policy);
}

/** A debug TEE gives its memory to the host: refused before anything else, and by no policy accepted. */
export function refuseDebug({ debug, tee }: Pick<Claims, "debug" | "tee">): void {
  if (debug) throw new PolicyError("debug-refused", { tee });
}

function checkRoot({ root }: VerifiedEvidence, policy: AppraisalPolicy): void {
  if (!root.simulated || policy.simulatedRoots.includes(root.sha256)) return;
  throw new PolicyError("simulated-refused", { policy: policy.name, root: root.name, sha256: root.sha256 });
}

/** Before the TCB status, which is only as new as the collateral. Where no date is known, nothing shows that it is new enough. */
function checkCollateralAge({ collateralIssuedAt }: VerifiedEvidence, policy: AppraisalPolicy, now: Date): void {
  const { name, maxCollateralAgeDays: maxAgeDays } = policy;
  if (maxAgeDays === undefined) return;
  if (collateralIssuedAt !== null && now.getTime() <= collateralIssuedAt.getTime() + maxAgeDays * dayMs) return;
  const issuedAt = collateralIssuedAt && isoDate(collateralIssuedAt.getTime());
  throw new PolicyError("collateral-stale", { policy: name, issuedAt, now: isoDate(now.getTime()), maxAgeDays });
}

function checkTcbStatus(verified: VerifiedEvidence, policy: AppraisalPolicy, now: Date): void {
  const { tcbStatus: status } = verified;
  const known = tcbStatuses.includes(status) && status !== "Revoked";
  if (known && (policy.tcbStatuses.includes(status) || isInGrace(verified, policy, now))) return;
  throw new PolicyError("tcb-status-refused", { policy: policy.name, status, accepted: policy.tcbStatuses });
}

/** Grace is for platforms whose only fault is that they are not updated yet. */
function isInGrace({ tcbStatus, outOfDateSince }: VerifiedEvidence, policy: AppraisalPolicy, now: Date): boolean {
  const late: TcbStatus = "OutOfDate";
  if (tcbStatus !== late || outOfDateSince === null) return false;
  return now.getTime() < outOfDateSince.getTime() + policy.graceDays * dayMs;
}

function checkAdvisories({ tcbStatus, advisories }: VerifiedEvidence, policy: AppraisalPolicy): void {
  if (tcbStatus === "UpToDate") return;
  const refused = advisories.filter((advisory) => !policy.advisories.includes(advisory));
  if (refused.length === 0) return;
  throw new PolicyError("advisory-refused", { policy: policy.name, status: tcbStatus, refused });
}

function checkHardware({ hardwareId }: Claims, policy: AppraisalPolicy): void {
  if (policy.hardwareIds === null) return;
  if (hardwareId !== null && policy.hardwareIds.includes(hardwareId)) return;
  throw new PolicyError("hardware-not-allowed", { policy: policy.name, hardwareId });
}

/** The first reference value that matches. Where none does, says of each what is missing. */
function findReference(claims: Claims, policy: AppraisalPolicy): Acceptance {
  const missed: MissedReference[] = [];
  let tooLow: MissedReference | null = null;
  for (const reference of policy.references) {
    const misses = matchReference(claims, reference);
    if (misses === null) continue;
    if (misses.length === 0) return { reference: reference.name };
    const told = {
      name: reference.name,
      misses: misses.map(({ field, found, expected }) => ({ field, found, expected })),
    };
    missed.push(told);
    if (misses.every((miss) => miss.tooLow)) tooLow ??= told;
  }
  if (tooLow) {
    throw new PolicyError("svn-too-low", { policy: policy.name, reference: tooLow.name, misses: tooLow.misses });
  }
  throw new PolicyError("no-reference-matched", { policy: policy.name, tee: claims.tee, references: missed });
}
