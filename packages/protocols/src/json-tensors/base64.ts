// Base64 (RFC 4648, section 4) with what every platform has.
import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";

/** A multiple of three, so that pieces can be joined; small enough for an argument list. */
const pieceBytes = 0x6000;

export function toBase64(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  }
  return text;
}

/** Throws `malformed`, in TensorFlow Serving's words. */
export function parseBase64(text: string): Bytes {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch (error) {
    throw new InferenceError("malformed", { problem: "Unable to base64 decode" }, error);
  }
}
