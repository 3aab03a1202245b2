// Base64url without padding (RFC 4648, section 5), in its one canonical form.
import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";

const pieceBytes = 0x6000;

export function toBase64Url(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  }
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Throws `malformed` on any other letter, on padding, and where the last letter carries bits that no byte needs. */
export function fromBase64Url(text: string, name: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw malformed(name);
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  if (toBase64Url(bytes.subarray(bytes.length - (bytes.length % 3))) !== text.slice(text.length - (text.length % 4))) {
    throw malformed(name);
  }
  return bytes;
}

function malformed(name: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem: `'${name}' must be base64url without padding` });
}
