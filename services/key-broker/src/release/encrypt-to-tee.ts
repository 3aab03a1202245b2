// Encrypts what is released so that only the attested process can open it (confidential-containers KBS 0.4.0, "JWE").
import type { FlattenedJwe, TeePublicKey } from "@sealserve/protocols/key-broker";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import { FlattenedEncrypt, importJWK } from "jose";

/** Throws `malformed-request` for a key that is none, such as a point that is not on the curve. */
export async function checkTeePublicKey(key: TeePublicKey): Promise<void> {
  await imported(key);
}

/** AES-256-GCM under a content key that is wrapped for `key`; additional data is the protected header. */
export async function encryptToTee(secret: Uint8Array, key: TeePublicKey): Promise<FlattenedJwe> {
  const jwe = await new FlattenedEncrypt(secret)
    .setProtectedHeader({ alg: key.alg, enc: "A256GCM" })
    .encrypt(await imported(key));
  const { protected: header, encrypted_key: encryptedKey, iv, ciphertext, tag } = jwe;
  if (!header || !encryptedKey || !iv || !tag) throw new TypeError("the JWE lacks a part that this algorithm has");
  return { protected: header, encrypted_key: encryptedKey, iv, ciphertext, tag };
}

async function imported(key: TeePublicKey): Promise<CryptoKey> {
  try {
    const made = await importJWK({ ...key }, key.alg);
    if (!(made instanceof Uint8Array)) return made;
  } catch {
    // Whatever the library finds is the same to the sender.
  }
  throw new KeyBrokerError("malformed-request", { problem: "tee-pubkey is not a public key of its kind" });
}
