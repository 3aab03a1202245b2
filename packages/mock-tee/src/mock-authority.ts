// What every mock vendor offers: a root to trust, hardware that attests under it, and its endorsements.
import type { CollateralSource, TrustAnchor } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";

/** `M`: what the hardware measured. */
export interface MockAuthority<M> {
  /** Simulated, by name and by flag: only a policy that names its SHA-256 accepts what it signs. */
  readonly anchor: TrustAnchor;
  /** Hardware that attests to `measurements`. */
  attester(measurements: M): Attester;
  /** Endorsements of that hardware, without a socket; made anew every hour. */
  readonly source: CollateralSource;
  /** The root, to be used again by a later authority; its private key protects nothing. */
  readonly root: KeptRoot;
}

/** A root certificate and its private key, PEM. */
export interface KeptRoot {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface MockParts {
  /** Dates of certificates and collateral follow this clock. */
  readonly now: () => Date;
  /** Serial numbers and hardware identities; default: the system's. */
  readonly randomness?: (length: number) => Uint8Array;
}
