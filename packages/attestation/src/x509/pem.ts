// Certificates in PEM (RFC 7468, strict form): nothing before, between or after them that is not a line's end.
import { DerError } from "../der/der-error.ts";

const block = /-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----(?:\r?\n|$)/y;
const longest = 64 * 1024;

/** DER of 1 to `most` certificates, in order. Throws {@link DerError} for anything that is not such a list. */
export function parsePemCertificates(text: string, most: number): Uint8Array<ArrayBuffer>[] {
  if (text.length > longest) throw new DerError(0, `PEM of more than ${longest} characters`);
  const certificates: Uint8Array<ArrayBuffer>[] = [];
  const pattern = new RegExp(block);
  while (pattern.lastIndex < text.length || certificates.length === 0) {
    const at = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found?.[1]) throw new DerError(at, "not a certificate in PEM");
    if (certificates.length === most) throw new DerError(at, `more than ${most} certificates`);
    certificates.push(fromBase64(found[1].replaceAll(/[\r\n]/g, ""), at));
  }
  return certificates;
}

/** Canonical base64 only: two texts for the same bytes would let a changed certificate pass as another one's copy. */
function fromBase64(text: string, at: number): Uint8Array<ArrayBuffer> {
  const tail = text.slice(-4);
  if (text.length % 4 !== 0 || /=./.test(text.slice(0, -1)) || tail.length < 4) throw new DerError(at, "not base64");
  const binary = decode(text, at);
  if (btoa(decode(tail, at)) !== tail) throw new DerError(at, "base64 that is not canonical");
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function decode(text: string, at: number): string {
  try {
    return atob(text);
  } catch {
    throw new DerError(at, "not base64");
  }
}
