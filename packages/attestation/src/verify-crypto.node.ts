// What verification asks of cryptography, by node:crypto: each call takes half as long as WebCrypto's, which goes through other threads.
import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Bytes } from "@sealserve/primitives";
import { hasKeyForm, type SignatureAlgorithm } from "./signature-algorithm.ts";

export type PublicKey = KeyObject;

const digests: Readonly<Record<SignatureAlgorithm, string>> = {
  "ecdsa-p256-sha256": "sha256",
  "ecdsa-p384-sha384": "sha384",
  "rsa-pss-sha384": "sha384",
};

/** A key from its SubjectPublicKeyInfo; null: no key for this algorithm, or a point that is not on its curve. */
export async function importPublicKey(algorithm: SignatureAlgorithm, publicKey: Bytes): Promise<PublicKey | null> {
  if (!hasKeyForm(algorithm, publicKey)) return null;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
    return key.asymmetricKeyType === (algorithm === "rsa-pss-sha384" ? "rsa" : "ec") ? key : null;
  } catch {
    return null;
  }
}

/** Whether the holder of `key` signed `data`; ECDSA signatures are r ‖ s. */
export async function isSignedBy(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  signature: Bytes,
  data: Bytes,
): Promise<boolean> {
  const form =
    algorithm === "rsa-pss-sha384"
      ? ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } as const)
      : ({ dsaEncoding: "ieee-p1363" } as const);
  return verify(digests[algorithm], data, { key, ...form }, signature);
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return createHash("sha256").update(bytes).digest();
}
