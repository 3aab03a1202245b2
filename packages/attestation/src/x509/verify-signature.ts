// Whether a key signed a certificate or a CRL.
import type { Bytes } from "@sealserve/primitives";
import { importPublicKey, isSignedBy } from "#verify-crypto";
import { DerError } from "../der/der-error.ts";
import type { SignatureAlgorithm } from "../signature-algorithm.ts";
import { toRawEcdsa } from "./signature-algorithm.ts";

/** What a certificate or a CRL is, as far as its signature goes. */
export interface Signed {
  readonly signed: Bytes;
  readonly algorithm: SignatureAlgorithm;
  /** As X.509 holds it: DER for ECDSA. */
  readonly signature: Bytes;
}

/** Whether the holder of `publicKey` (SubjectPublicKeyInfo) signed `item`; with a key or a signature of another form, nobody did. */
export async function isSignedByKey(publicKey: Bytes, item: Signed): Promise<boolean> {
  const signature = rawSignature(item);
  const key = signature && (await importPublicKey(item.algorithm, publicKey));
  return key ? isSignedBy(item.algorithm, key, signature, item.signed) : false;
}

function rawSignature({ algorithm, signature }: Signed): Bytes | null {
  if (algorithm === "rsa-pss-sha384") return signature;
  try {
    return toRawEcdsa(signature, algorithm === "ecdsa-p256-sha256" ? 32 : 48);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
