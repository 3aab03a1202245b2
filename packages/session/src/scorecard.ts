// An attestation judged check by check, for people to read: what was proved, what failed and why, what could not be reached.
import {
  type AppraisalPolicy,
  appraise,
  type Claims,
  isPolicyError,
  type PolicyErrorCode,
  rememberEvaluationNumbers,
  type VerifiedEvidence,
  verifyEvidence,
} from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import type { AttestationAnswer } from "./attestation-responder.ts";
import { checkCertificate, checkChannel, checkFreshness, checkMesh, checkPins, checkPurpose } from "./check-binding.ts";
import { sourceFor, type TrustParts } from "./create-trust.ts";
import { hexOf } from "./hex.ts";
import type { Purpose } from "./purpose.ts";
import { parsePreimage, type ReportDataFields, reportDataOf } from "./report-data-preimage.ts";
import { type Check, type Score, ScoreSheet } from "./score-sheet.ts";
import type { ExpectedBinding, Pinned } from "./trust.ts";

export interface Scorecard {
  /** `pass` only if no check failed, and every one was reached. */
  readonly verdict: "pass" | "fail";
  readonly scores: readonly Score[];
  /** Null where the evidence is not genuine. */
  readonly verified: VerifiedEvidence | null;
  /** Null where the preimage cannot be read; worth nothing unless the evidence is genuine. */
  readonly fields: ReportDataFields | null;
}

export interface ScorecardOptions {
  /** A function makes the policy from the claims that it is to judge: measurements then prove nothing, and are shown as not compared. */
  readonly policy: AppraisalPolicy | ((claims: Claims) => AppraisalPolicy);
  readonly purpose: Purpose;
  readonly pinned?: Pinned;
}

/** Judges as `verifyAnswer` does with the same trust, but goes on after a failure. Throws nothing but what is no refusal. */
export async function scorecard(
  answer: AttestationAnswer,
  expected: ExpectedBinding,
  options: ScorecardOptions,
  parts: TrustParts & { readonly signal: AbortSignal },
): Promise<Scorecard> {
  const card = new ScoreSheet();
  const fields = readFields(card, answer.preimage);
  const verified = await verify(card, answer, parts);
  if (verified) judge(card, verified, options.policy, parts.now());
  if (fields) compare(card, fields, expected, options, verified !== null);
  return { ...card.finish(), verified, fields };
}

function readFields(card: ScoreSheet, preimage: Bytes): ReportDataFields | null {
  try {
    return parsePreimage(preimage);
  } catch (error) {
    for (const check of ["purpose", "freshness", "certificate", "channel-binding", "model-set", "mesh"] as const) {
      card.fail(check, error);
    }
    return null;
  }
}

async function verify(
  card: ScoreSheet,
  answer: AttestationAnswer,
  { anchors, now, signal, ...sources }: TrustParts & { readonly signal: AbortSignal },
): Promise<VerifiedEvidence | null> {
  const verification = { expected: await reportDataOf(answer.preimage), now: now(), signal };
  const collateral = sourceFor(sources, answer.collateral);
  try {
    const verified = await verifyEvidence(answer.evidence, verification, {
      anchors,
      collateral,
      evaluationNumbers: rememberEvaluationNumbers(),
    });
    const { root } = verified;
    card.pass("tee", `${teeName(verified.claims)}, vouched for by ${root.name}${root.simulated ? " (simulated)" : ""}`);
    card.pass("debug", "off");
    return verified;
  } catch (error) {
    card.fail(isPolicyError(error) && error.code === "debug-refused" ? "debug" : "tee", error);
    return null;
  }
}

/** The check that each refusal of a policy belongs to. */
const refusals: { readonly [C in PolicyErrorCode]: Check } = {
  "policy-malformed": "measurement",
  "debug-refused": "debug",
  "simulated-refused": "tee",
  "collateral-stale": "tcb-status",
  "tcb-status-refused": "tcb-status",
  "advisory-refused": "tcb-status",
  "hardware-not-allowed": "hardware",
  "svn-too-low": "measurement",
  "no-reference-matched": "measurement",
};

/** In the order in which a policy is applied: what stands before a failure passed. */
const applied: readonly Check[] = ["tee", "debug", "tcb-status", "hardware", "measurement"];

function judge(card: ScoreSheet, verified: VerifiedEvidence, given: ScorecardOptions["policy"], now: Date): void {
  const { tcbStatus, advisories, claims } = verified;
  const policy = typeof given === "function" ? given(claims) : given;
  const found: Readonly<Partial<Record<Check, string>>> = {
    "tcb-status": [tcbStatus, ...advisories].join(", "),
    hardware: claims.hardwareId ?? "does not tell its identity",
  };
  let failed: Check | null = null;
  try {
    const { reference } = appraise(verified, policy, now);
    const measurement = measurementOf(claims);
    if (typeof given === "function") card.skip("measurement", `${measurement}: no policy names what it should be`);
    else card.pass("measurement", `${measurement} is reference '${reference}' of policy '${policy.name}'`);
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    failed = refusals[error.code];
    card.fail(failed, error);
  }
  for (const check of applied) {
    if (check === failed) return;
    const reason = found[check];
    if (reason !== undefined) card.pass(check, reason);
  }
}

function compare(
  card: ScoreSheet,
  fields: ReportDataFields,
  expected: ExpectedBinding,
  { purpose, pinned }: ScorecardOptions,
  genuine: boolean,
): void {
  const check = (name: Check, found: string, act: () => void): void => {
    // What hardware did not sign proves nothing, however well it fits.
    if (card.holds(name, act) && genuine) card.pass(name, found);
  };
  check("purpose", fields.purpose, () => checkPurpose(fields, purpose));
  check("freshness", "made for the nonce of this question", () => checkFreshness(fields, expected));
  check(
    "certificate",
    `its key is the one in the evidence (SHA-256 ${hexOf(fields.channel?.spkiSha256 ?? new Uint8Array(0))})`,
    () => checkCertificate(fields, expected),
  );
  check("channel-binding", "the TLS exporter of this very connection", () => checkChannel(fields, expected));
  check("model-set", hexOf(fields.modelSetDigest), () => checkPins(fields, pinned));
  const mesh = fields.meshDigest && hexOf(fields.meshDigest);
  if (mesh && genuine && !pinned?.meshDigests) card.skip("mesh", `${mesh}: nothing says which it should be`);
  else check("mesh", mesh ?? "of none: what answers is this process", () => checkMesh(fields, pinned));
}

function teeName({ tee }: Claims): string {
  return { sgx: "Intel SGX", tdx: "Intel TDX", snp: "AMD SEV-SNP" }[tee];
}

function measurementOf(claims: Claims): string {
  switch (claims.tee) {
    case "sgx":
      return `MRENCLAVE ${claims.mrEnclave}`;
    case "tdx":
      return `MRTD ${claims.mrTd}`;
    case "snp":
      return `measurement ${claims.measurement}`;
  }
}
