// The escapes of strings in protobuf text format: C's, and Unicode code points.
import { concatBytes, utf8 } from "@sealserve/primitives";

const escapes =
  /\\(?:([abfnrtv\\'"?])|([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.?))/gsu;

const simple: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The bytes that the inside of a quoted string stands for: octal and hexadecimal escapes are bytes, not characters. */
export function unescapedBytes(text: string): { bytes: Uint8Array; problem: string | null } {
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const match of text.matchAll(escapes)) {
    const [whole, character, octal, hex, short, long, unknown] = match;
    parts.push(utf8(text.slice(end, match.index)));
    end = match.index + whole.length;
    const byte = octal === undefined ? hex && Number.parseInt(hex, 16) : Number.parseInt(octal, 8);
    const point = short ?? long;
    if (unknown !== undefined) return refused(`'\\${unknown}' is no escape`);
    if (typeof byte === "number" && byte > 0xff) return refused(`'\\${octal}' is no byte`);
    if (point !== undefined && !isScalar(Number.parseInt(point, 16))) return refused(`'${whole}' is no character`);
    if (character !== undefined) parts.push(utf8(simple[character] ?? character));
    else if (point !== undefined) parts.push(utf8(String.fromCodePoint(Number.parseInt(point, 16))));
    else parts.push(Uint8Array.of(Number(byte)));
  }
  parts.push(utf8(text.slice(end)));
  return { bytes: concatBytes(parts), problem: null };
}

function isScalar(point: number): boolean {
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

function refused(problem: string): { bytes: Uint8Array; problem: string } {
  return { bytes: new Uint8Array(), problem };
}
