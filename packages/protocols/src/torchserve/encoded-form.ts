// Forms as `application/x-www-form-urlencoded`, as TorchServe's reader takes them: values are bytes, which may be no text.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import type { Part } from "./multipart.ts";
import { TorchserveRefusal } from "./refusal.ts";

const [lineFeed, carriageReturn, space, percent, ampersand, plus, equals] = [0x0a, 0x0d, 0x20, 0x25, 0x26, 0x2b, 0x3d];
/** In messages. */
const longestName = 100;

/** What is behind a line's end counts for nothing, nor does a last name without a value. Throws `malformed`, also for more fields than `most`. */
export function readEncodedForm(body: Bytes, most: number): readonly Part[] {
  const ends = [body.indexOf(lineFeed), body.indexOf(carriageReturn)].filter((at) => at >= 0);
  const form = body.subarray(0, Math.min(body.length, ...ends));
  const parts: Part[] = [];
  for (let from = 0; from < form.length; ) {
    const next = form.indexOf(ampersand, from);
    const piece = form.subarray(from, next < 0 ? form.length : next);
    const middle = piece.indexOf(equals);
    if (next < 0 && middle < 0) break;
    if (parts.length === most) {
      throw new InferenceError("malformed", { problem: `a form has more than ${most} fields` });
    }
    parts.push(readField(piece, middle < 0 ? piece.length : middle));
    from = next < 0 ? form.length : next + 1;
  }
  return parts;
}

/** The form that {@link readEncodedForm} reads these from, whatever bytes they are. */
export function writeEncodedForm(fields: readonly Pick<Part, "name" | "bytes">[]): string {
  return fields.map(({ name, bytes }) => `${encode(utf8(name))}=${encode(bytes)}`).join("&");
}

function encode(bytes: Bytes): string {
  return Array.from(bytes, (byte) => codes[byte]).join("");
}

/** Letters and digits stay as they are. */
const codes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[0-9A-Za-z]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
});

/** The sentences are the original's, without the value that they would repeat. */
function readField(piece: Bytes, middle: number): Part {
  const named = decode(piece.subarray(0, middle));
  if (typeof named === "number") {
    throw unreadable(`Bad string: '${textOf(piece.subarray(0, Math.min(middle, longestName)))}'`);
  }
  const name = textOf(named).trim();
  if (name === "") throw unreadable("java.lang.IllegalArgumentException: empty name");
  const bytes = decode(piece.subarray(middle + 1));
  if (typeof bytes === "number") throw unreadable(`Invalid hex byte at index '${bytes}'`);
  return { name, mediaType: null, bytes };
}

/** Or where a `%` is not followed by two hexadecimal digits. */
function decode(written: Bytes): Bytes | number {
  const bytes = new Uint8Array(written.length);
  let length = 0;
  for (let at = 0; at < written.length; at++) {
    const byte = written[at] ?? 0;
    if (byte === percent) {
      const value = digit(written[at + 1]) * 16 + digit(written[at + 2]);
      if (Number.isNaN(value)) return at;
      bytes[length++] = value;
      at += 2;
    } else bytes[length++] = byte === plus ? space : byte;
  }
  return bytes.subarray(0, length);
}

/** NaN where it is none. */
function digit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : Number.NaN;
}

function unreadable(message: string): TorchserveRefusal {
  return new TorchserveRefusal(500, "ErrorDataDecoderException", message);
}
