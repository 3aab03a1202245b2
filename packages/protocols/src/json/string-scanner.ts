// Reads one JSON string at a time: its extent, its text, its UTF-8 bytes.
import { type Bytes, strictTextOf } from "@sealserve/primitives";
import { asciiText, backslash, malformedJson, quote } from "./syntax.ts";

/** What the letter behind a backslash stands for. */
const escapes = new Map<number | undefined, number>(
  [...'"\\/bfnrt'].map((letter, i) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(i)]),
);

const none = new Uint8Array();

/** The string that was scanned last; one scanner serves a whole document. */
export class StringScanner {
  #bytes: Bytes = none;
  /** Where the content begins and ends. */
  #offset = 0;
  #end = 0;
  #escaped = false;
  #ascii = true;

  /** Scans the string whose opening quote is at `start` and returns the offset behind its closing quote. Throws `malformed`. */
  scan(bytes: Bytes, start: number): number {
    let escaped = false;
    let every = 0;
    let at = start + 1;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) throw malformedJson("the document ends within a string", at);
      if (byte === quote) break;
      if (byte < 0x20) throw malformedJson("a string holds a control character", at);
      every |= byte;
      at++;
      if (byte === backslash) {
        escaped = true;
        at++;
      }
    }
    this.#bytes = bytes;
    this.#offset = start + 1;
    this.#end = at;
    this.#escaped = escaped;
    this.#ascii = every < 0x80;
    return at + 1;
  }

  /** The text. Throws `malformed` for a bad escape, half a surrogate pair or ill-formed UTF-8. */
  text(): string {
    if (!this.#escaped && this.#ascii) return asciiText(this.#bytes, this.#offset, this.#end);
    if (!this.#escaped) return wellFormed(this.#content, this.#offset);
    return wellFormed(resolveEscapes(this.#content, this.#offset), this.#offset);
  }

  /** The UTF-8 bytes of the text: a view on the document where nothing is escaped. Throws as {@link text} does. */
  utf8(): Bytes {
    const bytes = this.#escaped ? resolveEscapes(this.#content, this.#offset) : this.#content;
    if (!this.#ascii) wellFormed(bytes, this.#offset);
    return bytes;
  }

  /** Between the quotes: a view. */
  get #content(): Bytes {
    return this.#bytes.subarray(this.#offset, this.#end);
  }
}

function wellFormed(bytes: Bytes, offset: number): string {
  try {
    return strictTextOf(bytes);
  } catch {
    // The decoder's error says no more than this one does.
    throw malformedJson("a string is not well-formed UTF-8", offset);
  }
}

/** `content` with its escapes resolved; that never makes it longer. */
function resolveEscapes(content: Bytes, offset: number): Bytes {
  const out = new Uint8Array(content.length);
  let to = 0;
  for (let at = 0; at < content.length; ) {
    const byte = content[at++] ?? 0;
    if (byte !== backslash) {
      out[to++] = byte;
      continue;
    }
    const simple = escapes.get(content[at]);
    if (simple !== undefined) {
      out[to++] = simple;
      at++;
      continue;
    }
    const unit = hexUnit(content, at);
    if (unit < 0) throw malformedJson("a string has an unknown escape", offset + at - 1);
    at += 5;
    let point = unit;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const low = content[at] === backslash ? hexUnit(content, at + 1) : -1;
      if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
        throw malformedJson("a string has half a surrogate pair", offset + at - 6);
      point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
    to = encodePoint(point, out, to);
  }
  return out.subarray(0, to);
}

/** The UTF-16 unit of `uXXXX` at `at`, or -1. */
function hexUnit(content: Bytes, at: number): number {
  if (content[at] !== 0x75 || at + 4 >= content.length) return -1;
  let unit = 0;
  for (let i = 1; i <= 4; i++) {
    const digit = Number.parseInt(String.fromCharCode(content[at + i] ?? 0), 16);
    if (Number.isNaN(digit)) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** Writes the UTF-8 form of a code point at `to` and returns the offset behind it. */
function encodePoint(point: number, out: Uint8Array, to: number): number {
  const following = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const lead = [0, 0xc0, 0xe0, 0xf0][following] ?? 0;
  out[to++] = lead | (point >> (6 * following));
  for (let i = following - 1; i >= 0; i--) out[to++] = 0x80 | ((point >> (6 * i)) & 0x3f);
  return to;
}
