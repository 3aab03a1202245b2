// Base64 with what every platform has: the plain alphabet with padding, and the one of JOSE without (RFC 4648, sections 4 and 5).
import type { Bytes } from "@sealserve/primitives";

const plain = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const urlSafe = /^[A-Za-z0-9_-]*$/;

/** Small enough for an argument list; a multiple of three, so that pieces can be joined. */
const pieceBytes = 0x6000;

export function toBase64(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  }
  return text;
}

/** The bytes, or null where `text` is not the one way of writing them. */
export function parseBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!plain.test(text)) return null;
  const bytes = decodeForgivingly(text);
  // Only the last group has bits that belong to no byte.
  const last = bytes.subarray(Math.floor((bytes.length - 1) / 3) * 3);
  return toBase64(last) === text.slice(-4) ? bytes : null;
}

/** As `atob` takes it: white space and missing padding are forgiven. Throws what `atob` throws. */
export function decodeForgivingly(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function toBase64Url(bytes: Bytes): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes, or null where `text` is not the one way of writing them. */
export function parseBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!urlSafe.test(text) || text.length % 4 === 1) return null;
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return parseBase64(padded);
}
