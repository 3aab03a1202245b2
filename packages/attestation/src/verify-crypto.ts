// What verification asks of cryptography, by WebCrypto: whether a key signed some bytes, and a digest.
import type { Bytes } from "@sealserve/primitives";
import { hasKeyForm, type SignatureAlgorithm } from "./signature-algorithm.ts";

export type PublicKey = CryptoKey;

interface Parameters {
  readonly key: EcKeyImportParams | RsaHashedImportParams;
  readonly verify: EcdsaParams | RsaPssParams;
}

const parameters: Readonly<Record<SignatureAlgorithm, Parameters>> = {
  "ecdsa-p256-sha256": {
    key: { name: "ECDSA", namedCurve: "P-256" },
    verify: { name: "ECDSA", hash: "SHA-256" },
  },
  "ecdsa-p384-sha384": {
    key: { name: "ECDSA", namedCurve: "P-384" },
    verify: { name: "ECDSA", hash: "SHA-384" },
  },
  "rsa-pss-sha384": {
    key: { name: "RSA-PSS", hash: "SHA-384" },
    verify: { name: "RSA-PSS", saltLength: 48 },
  },
};

/** A key from its SubjectPublicKeyInfo; null: no key for this algorithm, or a point that is not on its curve. */
export async function importPublicKey(algorithm: SignatureAlgorithm, publicKey: Bytes): Promise<PublicKey | null> {
  if (!hasKeyForm(algorithm, publicKey)) return null;
  try {
    return await crypto.subtle.importKey("spki", toSource(publicKey), parameters[algorithm].key, false, ["verify"]);
  } catch {
    return null;
  }
}

/** Whether the holder of `key` signed `data`; ECDSA signatures are r ‖ s. */
export function isSignedBy(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  signature: Bytes,
  data: Bytes,
): Promise<boolean> {
  return crypto.subtle.verify(parameters[algorithm].verify, key, toSource(signature), toSource(data));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", toSource(bytes)));
}

/** WebCrypto refuses shared memory, also in its types; nobody hands evidence over in shared memory, and if so it throws. */
function toSource(bytes: Bytes): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
