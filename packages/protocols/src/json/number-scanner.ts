// Reads one JSON number at a time, without a substring where the digits fit a double exactly.
import type { Bytes } from "@sealserve/primitives";
import { powersOfTen } from "./powers-of-ten.ts";
import { asciiText, dot, malformedJson, minus, nine, plus, standsAt, zero } from "./syntax.ts";

/** More digits than any 64-bit integer has. */
const mostIntegerDigits = 20;

const none = new Uint8Array();

/** The number that was scanned last; one scanner serves a whole document. */
export class NumberScanner {
  /** The nearest double. */
  value = 0;
  /** Whether it was written without fraction and exponent. */
  integral = false;
  #bytes: Bytes = none;
  #start = 0;
  #end = 0;

  /**
   * Scans the number at `start` and returns the offset behind it. Takes the bare tokens NaN, Infinity and -Infinity too.
   * Throws `malformed`, also for a number too large for a double.
   */
  scan(bytes: Bytes, start: number): number {
    const negative = bytes[start] === minus;
    const first = negative ? start + 1 : start;
    let at = first;
    // Exact while it is a safe integer, and never safe again once it was not.
    let mantissa = 0;
    let exponent = 0;
    let byte = bytes[at] ?? 0;
    while (byte >= zero && byte <= nine) {
      mantissa = mantissa * 10 + (byte - zero);
      byte = bytes[++at] ?? 0;
    }
    if (at === first) return this.#bare(bytes, start, first);
    if (bytes[first] === zero && at > first + 1) throw malformedJson("a number has a leading zero", first);
    this.integral = true;
    if (byte === dot) {
      this.integral = false;
      const fraction = at + 1;
      byte = bytes[++at] ?? 0;
      while (byte >= zero && byte <= nine) {
        mantissa = mantissa * 10 + (byte - zero);
        byte = bytes[++at] ?? 0;
      }
      if (at === fraction) throw malformedJson("a number has no digit behind its point", at);
      exponent = fraction - at;
    }
    if (byte === 0x65 || byte === 0x45) {
      this.integral = false;
      byte = bytes[++at] ?? 0;
      const below = byte === minus;
      if (below || byte === plus) byte = bytes[++at] ?? 0;
      const digits = at;
      let power = 0;
      while (byte >= zero && byte <= nine) {
        if (power < 1e6) power = power * 10 + (byte - zero);
        byte = bytes[++at] ?? 0;
      }
      if (at === digits) throw malformedJson("a number has no digit in its exponent", at);
      exponent += below ? -power : power;
    }
    this.#bytes = bytes;
    this.#start = start;
    this.#end = at;
    this.value = nearest(negative, mantissa, exponent) ?? this.#parsed();
    return at;
  }

  /** The scanned number with all its digits: a bigint where a double would round an integer. */
  exact(): number | bigint {
    if (!this.integral || Number.isSafeInteger(this.value)) return this.value;
    if (this.#end - this.#start > mostIntegerDigits + 1) return this.value;
    return BigInt(asciiText(this.#bytes, this.#start, this.#end));
  }

  #parsed(): number {
    const value = Number(asciiText(this.#bytes, this.#start, this.#end));
    if (!Number.isFinite(value)) throw malformedJson("a number is too large for a double", this.#start);
    return value;
  }

  #bare(bytes: Bytes, start: number, first: number): number {
    this.integral = false;
    if (standsAt("Infinity", bytes, first)) {
      this.value = first > start ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      return first + 8;
    }
    if (first === start && standsAt("NaN", bytes, start)) {
      this.value = Number.NaN;
      return start + 3;
    }
    throw malformedJson("a value is expected", start);
  }
}

/** The double nearest to mantissa × 10^exponent where one rounding gives it (Clinger's fast path), else null. */
function nearest(negative: boolean, mantissa: number, exponent: number): number | null {
  if (mantissa > Number.MAX_SAFE_INTEGER) return null;
  const power = powersOfTen[exponent < 0 ? -exponent : exponent];
  if (power === undefined) return null;
  const value = exponent < 0 ? mantissa / power : mantissa * power;
  return negative ? -value : value;
}
