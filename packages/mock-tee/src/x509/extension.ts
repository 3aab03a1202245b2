// The extensions of certificates and revocation lists (RFC 5280, section 4.2 and 5.2).
import { type Bytes, utf8 } from "@sealserve/primitives";
import { bitString, boolean, explicit, implicit, integer, octetString, oid, sequence } from "../der/der-writer.ts";

/** Bits of KeyUsage. */
export const keyUsages = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, cRLSign: 6 } as const;
export type KeyUsage = keyof typeof keyUsages;

/** One extension; `value` is the DER inside the OCTET STRING. */
export function extension(id: string, value: Bytes, critical = false): Bytes {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

export const authorityKeyId = (keyId: Bytes): Bytes => extension("2.5.29.35", sequence(implicit(0, keyId)));
export const subjectKeyId = (keyId: Bytes): Bytes => extension("2.5.29.14", octetString(keyId));
export const crlNumber = (number: number): Bytes => extension("2.5.29.20", integer(number));

export function basicConstraints(ca: boolean, pathLength: number | null): Bytes {
  const parts = [...(ca ? [boolean(true)] : []), ...(pathLength === null ? [] : [integer(pathLength)])];
  return extension("2.5.29.19", sequence(...parts), true);
}

export function keyUsage(usages: readonly KeyUsage[]): Bytes {
  let bits = 0;
  let last = 0;
  for (const usage of usages) {
    bits |= 0x80 >> keyUsages[usage];
    last = Math.max(last, keyUsages[usage]);
  }
  return extension("2.5.29.15", bitString(Uint8Array.of(bits), 7 - last), true);
}

export function crlDistributionPoint(url: string): Bytes {
  const name = explicit(0, explicit(0, implicit(6, utf8(url))));
  return extension("2.5.29.31", sequence(sequence(name)));
}
