// The keys that sign and check attestation results: the key itself fixes the algorithm, never the token.

export type EarAlgorithm = "ES256" | "EdDSA";

/** A public key that a relying party trusts beforehand. */
export interface PinnedKey {
  /** The token's `kid`. */
  readonly keyId: string;
  readonly key: CryptoKey;
}

/** P-256 signs ES256, Ed25519 signs EdDSA. Throws `TypeError` for any other key: that is a slip of the caller, not of a token. */
export function algorithmOf({ algorithm }: CryptoKey): EarAlgorithm {
  if (algorithm.name === "Ed25519") return "EdDSA";
  if (algorithm.name === "ECDSA" && "namedCurve" in algorithm && algorithm.namedCurve === "P-256") return "ES256";
  throw new TypeError(`attestation results are signed with P-256 or Ed25519, not with ${algorithm.name}`);
}
