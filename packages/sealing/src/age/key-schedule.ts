// What age derives from a file key: the header's code and the payload's key (age v1, "Header MAC" and "Payload").
import { utf8 } from "@sealserve/primitives";

/** Bytes of a file key. */
export const fileKeySize = 16;

/** HMAC-SHA-256 over the header up to and including its last `---`. */
export async function headerMac(fileKey: Uint8Array, header: Uint8Array): Promise<Uint8Array> {
  const bytes = await hkdf(fileKey, new Uint8Array(), "header");
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  bytes.fill(0);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, Uint8Array.from(header)));
}

/** The 32-byte key of all chunks. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> {
  return hkdf(fileKey, nonce, "payload");
}

/** 32 bytes that name a file key without telling it; two files with one key have one name. */
export function fileKeyName(fileKey: Uint8Array): Promise<Uint8Array> {
  return hkdf(fileKey, new Uint8Array(), "sealserve sealed directory v1 file key");
}

/** Compares without telling by its time how much is equal. */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** HKDF-SHA-256 (RFC 5869), 32 bytes. */
async function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Promise<Uint8Array<ArrayBuffer>> {
  const copy = Uint8Array.from(secret);
  const key = await crypto.subtle.importKey("raw", copy, "HKDF", false, ["deriveBits"]).finally(() => copy.fill(0));
  const how = { name: "HKDF", hash: "SHA-256", salt: Uint8Array.from(salt), info: utf8(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}
