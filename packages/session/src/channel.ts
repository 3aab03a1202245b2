// One TLS connection as attestation sees it: what only its two ends can compute.
import type { Bytes } from "@sealserve/primitives";
import { type ChannelBinding, digestLength, exporterLabel } from "./report-data-preimage.ts";

/** Computed when asked: a connection that nobody attests costs nothing. */
export interface Channel {
  /** SHA-256 of the DER of the server certificate's SubjectPublicKeyInfo. */
  spkiSha256(): Bytes;
  /** Keying material of this very connection (RFC 8446, 7.5). */
  exporter(label: string, context: Bytes, length: number): Bytes;
}

/** What evidence for `nonce` on this connection is bound to. */
export function bindingOf(channel: Channel, nonce: Bytes): ChannelBinding {
  return { spkiSha256: channel.spkiSha256(), exporter: channel.exporter(exporterLabel, nonce, digestLength) };
}
