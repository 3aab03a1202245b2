// Which key a request was sealed to, so that a server that changed its key can say so.
import type { Bytes } from "@sealserve/primitives";
import { owned } from "./suite.ts";

export const keyIdLength = 8;

/** The first eight bytes of the SHA-256 of the public key. */
export async function keyIdOf(publicKey: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", owned(publicKey))).subarray(0, keyIdLength);
}
