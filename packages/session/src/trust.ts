// What a relying party trusts, and what it learnt of a peer that it came to trust.
import type { AppraisalPolicy, AttestationResult, Collateral, Verifier } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import type { Purpose } from "./purpose.ts";
import type { ReportDataFields } from "./report-data-preimage.ts";

/** There is no default for who judges, by which policy and clock: silence means no. */
export interface Trust {
  /** The verifier to use, given the collateral that the peer sent along (untrusted; null: none), which it may ignore. */
  verifierFor(stapled: Collateral | null): Verifier;
  readonly policy: AppraisalPolicy;
  now(): Date;
  /** What the peer must be. */
  readonly purpose: Purpose;
  /** Beyond the policy: exactly this process, certificate, model set, configuration or mesh. */
  readonly pinned?: Pinned;
}

/** Lower-case hex; what is left out may be anything. */
export interface Pinned {
  readonly instanceId?: string;
  readonly tlsSpkiSha256?: string;
  readonly modelSetDigest?: string;
  readonly configDigest?: string;
  /** Any of these: while a mesh gets a new root, its processes do not all trust the same ones. */
  readonly meshDigests?: readonly string[];
}

/** A peer whose evidence was verified, appraised, and found to be bound to the connection. */
export interface AttestedPeer {
  readonly result: AttestationResult;
  readonly fields: ReportDataFields;
  /** When it was verified. */
  readonly at: Date;
}

/** What the relying party itself knows of the exchange. */
export interface ExpectedBinding {
  readonly nonce: Bytes;
  /** Its own end of the connection; null: evidence must bind an HPKE key instead (`sealed-http`). */
  readonly channel: { readonly spkiSha256: Bytes; readonly exporter: Bytes } | null;
}
