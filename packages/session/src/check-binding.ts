// What a published preimage must say: made for us, now, on this connection, by what we pinned.
import { type Bytes, equalBytes } from "@sealserve/primitives";
import { hexOf } from "./hex.ts";
import type { Purpose } from "./purpose.ts";
import type { ReportDataFields } from "./report-data-preimage.ts";
import { SessionError } from "./session-error.ts";
import type { ExpectedBinding, Pinned } from "./trust.ts";

/** Throws `purpose-mismatch`. */
export function checkPurpose({ purpose: found }: ReportDataFields, expected: Purpose): void {
  if (found !== expected) throw new SessionError("purpose-mismatch", { expected, found });
}

/** Throws `nonce-mismatch`. */
export function checkFreshness(fields: ReportDataFields, { nonce }: ExpectedBinding): void {
  if (!equalBytes(fields.nonce, nonce)) throw new SessionError("nonce-mismatch", {});
}

/** Throws `channel-unbound` and `certificate-mismatch`. */
export function checkCertificate(fields: ReportDataFields, { channel }: ExpectedBinding): void {
  // By the rules of the preimage the purpose has decided whether there is a channel.
  if (!channel !== !fields.channel) throw new SessionError("channel-unbound", {});
  if (!channel || !fields.channel) return;
  if (!equalBytes(fields.channel.spkiSha256, channel.spkiSha256)) throw new SessionError("certificate-mismatch", {});
}

/** Throws `channel-unbound` and `channel-mismatch`. */
export function checkChannel(fields: ReportDataFields, { channel }: ExpectedBinding): void {
  if (!channel !== !fields.channel) throw new SessionError("channel-unbound", {});
  if (!channel || !fields.channel) return;
  if (!equalBytes(fields.channel.exporter, channel.exporter)) throw new SessionError("channel-mismatch", {});
}

/** Throws `pinned-mismatch`: of all pins but the mesh. */
export function checkPins(fields: ReportDataFields, pinned: Pinned = {}): void {
  const check = (what: string, expected: string | undefined, bytes: Bytes | null): void => {
    if (expected !== undefined) compare(what, [expected], bytes);
  };
  check("the instance", pinned.instanceId, fields.instanceId);
  check("the digest of the TLS key", pinned.tlsSpkiSha256, fields.channel?.spkiSha256 ?? null);
  check("the digest of the models", pinned.modelSetDigest, fields.modelSetDigest);
  check("the digest of the configuration", pinned.configDigest, fields.configDigest);
}

/** Throws `pinned-mismatch`. */
export function checkMesh({ meshDigest }: ReportDataFields, { meshDigests }: Pinned = {}): void {
  if (meshDigests) compare("the digest of the mesh", meshDigests, meshDigest);
}

function compare(what: string, allowed: readonly string[], bytes: Bytes | null): void {
  const found = bytes ? hexOf(bytes) : "absent";
  if (!allowed.includes(found))
    throw new SessionError("pinned-mismatch", { what, expected: allowed.join(" or "), found });
}
