// The keys of a sealed response: from the request's own secret, a fresh nonce, and what surrounds the response.
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import type { ChunkCipher } from "./chunk-frames.ts";
import { label, owned, type ResponseContext, responseInfo } from "./suite.ts";

export const responseNonceLength = 32;
export const responseSecretLabel: Bytes = utf8(`${label} response secret`);
const [keyLength, nonceLength] = [32, 12];

export interface ResponseSecret {
  /** Exported from the request's HPKE context with `responseSecretLabel`. */
  readonly secret: Bytes;
  /** The request's encapsulated key. */
  readonly encapsulated: Bytes;
}

/** AES-256-GCM, its nonce that of chunk 0 xor the chunk's number (as RFC 9180, section 5.2). */
export async function responseCipher(
  { secret, encapsulated }: ResponseSecret,
  nonce: Bytes,
  context: ResponseContext,
  direction: "encrypt" | "decrypt",
): Promise<ChunkCipher> {
  const { subtle } = crypto;
  const master = await subtle.importKey("raw", owned(secret), "HKDF", false, ["deriveBits"]);
  const bits = await subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: owned(concatBytes([encapsulated, nonce])),
      info: owned(responseInfo(context)),
    },
    master,
    (keyLength + nonceLength) * 8,
  );
  const key = await subtle.importKey("raw", bits.slice(0, keyLength), "AES-GCM", false, [direction]);
  const base = new Uint8Array(bits.slice(keyLength));
  return async (sequence, data, header) => {
    const algorithm = { name: "AES-GCM", iv: chunkNonce(base, sequence), additionalData: owned(header) };
    return new Uint8Array(await subtle[direction](algorithm, key, owned(data)));
  };
}

function chunkNonce(base: Uint8Array<ArrayBuffer>, sequence: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(base);
  const view = new DataView(nonce.buffer);
  view.setUint32(nonceLength - 4, (view.getUint32(nonceLength - 4) ^ sequence) >>> 0);
  return nonce;
}
