// The relying side: whether an answer was made now, for us, on this connection, by something that the policy accepts.
import { type Bytes, equalBytes } from "@sealserve/primitives";
import type { AttestationAnswer } from "./attestation-responder.ts";
import { hexOf } from "./hex.ts";
import { parsePreimage, type ReportDataFields, reportDataOf } from "./report-data-preimage.ts";
import { SessionError } from "./session-error.ts";
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
  checkBinding(fields, expected, trust);
  checkPins(fields, trust);
  const reportData = await reportDataOf(answer.preimage);
  const at = trust.now();
  const verifier = trust.verifierFor(answer.collateral);
  const result = await verifier.verify(answer.evidence, reportData, trust.policy, at, signal);
  return { result, fields, at };
}

function checkBinding(fields: ReportDataFields, { nonce, channel }: ExpectedBinding, { purpose }: Trust): void {
  if (fields.purpose !== purpose) {
    throw new SessionError("purpose-mismatch", { expected: purpose, found: fields.purpose });
  }
  if (!equalBytes(fields.nonce, nonce)) throw new SessionError("nonce-mismatch", {});
  // By the rules of the preimage the purpose has decided whether there is a channel.
  if (!channel !== !fields.channel) throw new SessionError("channel-unbound", {});
  if (!channel || !fields.channel) return;
  if (!equalBytes(fields.channel.spkiSha256, channel.spkiSha256)) throw new SessionError("certificate-mismatch", {});
  if (!equalBytes(fields.channel.exporter, channel.exporter)) throw new SessionError("channel-mismatch", {});
}

function checkPins(fields: ReportDataFields, { pinned }: Trust): void {
  const check = (what: string, expected: string | undefined, bytes: Bytes | null): void => {
    if (expected === undefined) return;
    const found = bytes ? hexOf(bytes) : "absent";
    if (found !== expected) throw new SessionError("pinned-mismatch", { what, expected, found });
  };
  check("the instance", pinned?.instanceId, fields.instanceId);
  check("the digest of the TLS key", pinned?.tlsSpkiSha256, fields.channel?.spkiSha256 ?? null);
  check("the digest of the models", pinned?.modelSetDigest, fields.modelSetDigest);
  check("the digest of the configuration", pinned?.configDigest, fields.configDigest);
}
