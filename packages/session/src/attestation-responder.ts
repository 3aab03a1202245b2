// The attested side: evidence for a nonce, bound to the connection that it was asked on.
import type { Collateral, Evidence, ReportData } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import { bindingOf, type Channel } from "./channel.ts";
import type { Purpose } from "./purpose.ts";
import { nonceLength, type ReportDataFields, reportDataOf, writePreimage } from "./report-data-preimage.ts";
import { SessionError } from "./session-error.ts";

/** Evidence, what its report data stand for, and, if the server has it, the collateral to judge it by. */
export interface AttestationAnswer {
  readonly evidence: Evidence;
  /** The exact bytes whose SHA-512 is the report data. */
  readonly preimage: Bytes;
  /** Untrusted like all that a server sends; it spares its reader a fetch, and is verified like any other. */
  readonly collateral: Collateral | null;
}

export interface ResponderOptions {
  /** What this process is to whoever asks on a TLS connection. */
  readonly purpose: Exclude<Purpose, "sealed-http">;
  /** 16 random bytes of this process. */
  readonly instanceId: Bytes;
  /** SHA-256 of the configuration that is in force. */
  readonly configDigest: Bytes;
  /** X25519 public key that requests may be sealed to; null: none. */
  readonly hpkeKey: Bytes | null;
  /** Pieces of evidence made at once; more are refused. Default: 16. */
  readonly maxConcurrent?: number;
}

export interface ResponderParts {
  readonly attester: { evidence(reportData: ReportData): Promise<Evidence> };
  /** Of what is loaded now. */
  modelSetDigest(): Promise<Bytes> | Bytes;
  /** Of the mesh that the process is of now; left out or null: of none. */
  meshDigest?(): Bytes | null;
  /** Collateral to send along; null where there is none at hand. */
  collateral?(evidence: Evidence): Promise<Collateral | null>;
}

/** `unbound`: there is no connection, and no HPKE key either; `busy`: too many ask at once. */
export type AttestationOutcome =
  | { readonly kind: "attested"; readonly document: AttestationAnswer }
  | { readonly kind: "unbound" }
  | { readonly kind: "busy" };

/** Fits the attestation endpoint of the protocols package. */
export interface AttestationResponder {
  /** Evidence bound to `channel`, or, without one, to the HPKE key. Throws `nonce-malformed`, and what the attester throws. */
  attest(nonce: Bytes, channel: Channel | null): Promise<AttestationOutcome>;
}

const defaultMaxConcurrent = 16;

export function attestationResponder(options: ResponderOptions, parts: ResponderParts): AttestationResponder {
  const { purpose, instanceId, configDigest, hpkeKey, maxConcurrent: limit = defaultMaxConcurrent } = options;
  let running = 0;

  async function make(nonce: Bytes, channel: Channel | null): Promise<AttestationAnswer> {
    const fields: ReportDataFields = {
      purpose: channel ? purpose : "sealed-http",
      nonce,
      channel: channel && bindingOf(channel, nonce),
      hpkeKey,
      modelSetDigest: await parts.modelSetDigest(),
      configDigest,
      meshDigest: parts.meshDigest?.() ?? null,
      instanceId,
    };
    const preimage = writePreimage(fields);
    const evidence = await parts.attester.evidence(await reportDataOf(preimage));
    return { evidence, preimage, collateral: (await parts.collateral?.(evidence)) ?? null };
  }

  return {
    async attest(nonce, channel) {
      if (nonce.length !== nonceLength) throw new SessionError("nonce-malformed", { length: nonce.length });
      if (!channel && !hpkeKey) return { kind: "unbound" };
      if (running >= limit) return { kind: "busy" };
      running++;
      try {
        return { kind: "attested", document: await make(nonce, channel) };
      } finally {
        running--;
      }
    },
  };
}
