// Whether a key signed a certificate or a CRL.
import type { Bytes } from "@sealserve/primitives";
import { importPublicKey, isSignedBy } from "#verify-crypto";
import { DerError } from "../der/der-error.ts";
import { toRawEcdsa } from "./signature-algorithm.ts";
import type { Signed } from "./signed.ts";

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
