// What age's ASCII armor begins and ends with (age v1, "ASCII armor"; RFC 7468, section 3).
import { utf8 } from "@sealserve/primitives";

export const beginMarker: Uint8Array<ArrayBuffer> = utf8("-----BEGIN AGE ENCRYPTED FILE-----");
export const endMarker: Uint8Array<ArrayBuffer> = utf8("-----END AGE ENCRYPTED FILE-----");
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const hyphen = 0x2d;

/** Space, tab, and what breaks lines. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
