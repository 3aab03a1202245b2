// The one set of algorithms of sealed bodies (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";

/** There is no choice: another set gets another label. */
export function sealedHttpSuite(): CipherSuite {
  return new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
}

export const encapsulatedLength = 32;
/** When a request was sealed, in milliseconds since 1970, big-endian. */
export const timeLength = 8;
export const label = "sealserve/sealed-http/v2";

/** What surrounds a sealed request in the clear: all of it is bound into the keys, so that none of it can be changed. */
export interface RequestContext {
  /** Upper case. */
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly target: string;
  readonly contentType: string;
  /** Empty where the request is for none, or no tenants are told apart. */
  readonly model: string;
  readonly tenant: string;
}

export interface ResponseContext {
  readonly status: number;
  readonly contentType: string;
}

export function requestInfo({ method, target, contentType, model, tenant }: RequestContext, time: Bytes): Bytes {
  return prefixed([...[label, "request", method, target, contentType, model, tenant].map(utf8), time]);
}

export function writeTime(time: number): Bytes {
  const bytes = new Uint8Array(timeLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  return bytes;
}

export function readTime(bytes: Bytes): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, timeLength).getBigUint64(0));
}

export function responseInfo({ status, contentType }: ResponseContext): Bytes {
  return prefixed([label, "response", String(status), contentType].map(utf8));
}

/** Each with its length: no two lists have the same bytes. */
function prefixed(fields: readonly Bytes[]): Bytes {
  return concatBytes(
    fields.flatMap((bytes) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes.length);
      return [length, bytes];
    }),
  );
}

/** In a buffer of their own, as the platform's cryptography wants them. */
export function owned(bytes: Bytes): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
