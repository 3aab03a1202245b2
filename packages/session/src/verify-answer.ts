// The relying side: whether an answer was made now, for us, on this connection, by something that the policy accepts.
import type { AttestationAnswer } from "./attestation-responder.ts";
import { checkCertificate, checkChannel, checkFreshness, checkMesh, checkPins, checkPurpose } from "./check-binding.ts";
import { parsePreimage, reportDataOf } from "./report-data-preimage.ts";
import type { AttestedPeer, ExpectedBinding, Trust } from "./trust.ts";

/**
 * First what needs no cryptography (purpose, nonce, connection, pins), then the evidence over the preimage as it was sent. Throws
 * `SessionError`, or what the verifier throws: `EvidenceError`, `CollateralError`, `PolicyError`.
 */
export async function verifyAnswer(
  answer: AttestationAnswer,
  expected: ExpectedBinding,
  trust: Trust,
  signal: AbortSignal,
): Promise<AttestedPeer> {
  const fields = parsePreimage(answer.preimage);
  checkPurpose(fields, trust.purpose);
  checkFreshness(fields, expected);
  checkCertificate(fields, expected);
  checkChannel(fields, expected);
  checkPins(fields, trust.pinned);
  checkMesh(fields, trust.pinned);
  const reportData = await reportDataOf(answer.preimage);
  const at = trust.now();
  const verifier = trust.verifierFor(answer.collateral);
  const result = await verifier.verify(answer.evidence, reportData, trust.policy, at, signal);
  return { result, fields, at };
}
