// The signature algorithms of Intel's and AMD's evidence, and what a key for one of them looks like.
import type { Bytes } from "@sealserve/primitives";

export type SignatureAlgorithm = "ecdsa-p256-sha256" | "ecdsa-p384-sha384" | "rsa-pss-sha384";

/** Bytes of SubjectPublicKeyInfo with a named curve and an uncompressed point; RSA keys have no one length. */
const keyLengths: Readonly<Record<SignatureAlgorithm, number | null>> = {
  "ecdsa-p256-sha256": 91,
  "ecdsa-p384-sha384": 120,
  "rsa-pss-sha384": null,
};

/** Whether a SubjectPublicKeyInfo can be of this algorithm, and is written as its vendor writes it. */
export function hasKeyLength(algorithm: SignatureAlgorithm, publicKey: Bytes): boolean {
  const length = keyLengths[algorithm];
  return length === null || publicKey.length === length;
}

const p256Prefix = Uint8Array.of(
  ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  ...[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04],
);

/** SubjectPublicKeyInfo of the point x ‖ y (64 bytes) on P-256. */
export function p256PublicKey(point: Bytes): Bytes {
  const publicKey = new Uint8Array(p256Prefix.length + point.length);
  publicKey.set(p256Prefix);
  publicKey.set(point, p256Prefix.length);
  return publicKey;
}
