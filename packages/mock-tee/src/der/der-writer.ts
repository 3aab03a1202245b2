// Writes DER (X.690): just the types that certificates, revocation lists and vendor extensions need.
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import { fromHex } from "../hex.ts";

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  printable: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Any element: `tag`, length in the shortest form, content. */
export function element(tag: number, ...content: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of content) length += part.length;
  return concatBytes([Uint8Array.of(tag, ...lengthBytes(length)), ...content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...content: readonly Bytes[]): Bytes => element(tags.sequence, ...content);
export const set = (...content: readonly Bytes[]): Bytes => element(tags.set, ...content);
/** `[number] EXPLICIT`. */
export const explicit = (number: number, ...content: readonly Bytes[]): Bytes => element(0xa0 | number, ...content);
/** `[number] IMPLICIT` of a primitive type. */
export const implicit = (number: number, content: Bytes): Bytes => element(0x80 | number, content);
export const boolean = (value: boolean): Bytes => element(tags.boolean, Uint8Array.of(value ? 0xff : 0));
export const nothing = (): Bytes => element(tags.null);
export const octetString = (bytes: Bytes): Bytes => element(tags.octetString, bytes);
export const utf8String = (text: string): Bytes => element(tags.utf8, utf8(text));
export const printableString = (text: string): Bytes => element(tags.printable, utf8(text));
export const enumerated = (value: number): Bytes => element(tags.enumerated, twosComplement(BigInt(value)));

/** Not negative. */
export const integer = (value: number | bigint): Bytes => element(tags.integer, twosComplement(BigInt(value)));

function twosComplement(value: bigint): Bytes {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = fromHex(even, even.length / 2);
  return (bytes[0] ?? 0) < 0x80 ? bytes : concatBytes([Uint8Array.of(0), bytes]);
}

/** Bits of whole bytes, less `unused` at the end. */
export const bitString = (bytes: Bytes, unused = 0): Bytes => element(tags.bitString, Uint8Array.of(unused), bytes);

/** From dotted form. */
export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(tags.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128));
  return digits;
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, section 4.1.2.5); to the second. */
export function time(when: Date): Bytes {
  const digits = when.toISOString().replace(/\.\d+Z$|[-:T]/g, "");
  return when.getUTCFullYear() < 2050
    ? element(tags.utcTime, utf8(`${digits.slice(2)}Z`))
    : element(tags.generalizedTime, utf8(`${digits}Z`));
}
