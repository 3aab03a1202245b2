// The bytes that JSON is made of (RFC 8259), and its one refusal.

import { InferenceError } from "@sealserve/inference";
import { type Bytes, strictTextOf } from "@sealserve/primitives";

export const quote = 0x22;
export const plus = 0x2b;
export const comma = 0x2c;
export const minus = 0x2d;
export const dot = 0x2e;
export const zero = 0x30;
export const nine = 0x39;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

/** Text of up to so many characters is put together one by one. */
const longestShort = 32;

/** JSON that is not JSON, or that goes beyond a limit: `offset` is that of the byte where it was noticed. */
export function malformedJson(problem: string, offset: number): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem, offset });
}

/** Bytes from `start` to `end` that are known to be ASCII, as text. */
export function asciiText(bytes: Bytes, start: number, end: number): string {
  // For short text several times as quick as a TextDecoder, and without a view on the bytes.
  if (end - start > longestShort) return strictTextOf(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** Whether `word`, which is ASCII, stands at `start`. */
export function standsAt(word: string, bytes: Bytes, start: number): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}
