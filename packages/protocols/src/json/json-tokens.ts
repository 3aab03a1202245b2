// The scalars of a JSON document, and the space between its tokens.
import type { Bytes } from "@sealserve/primitives";
import { NumberScanner } from "./number-scanner.ts";
import { StringScanner } from "./string-scanner.ts";
import { malformedJson, minus, nine, openBrace, openBracket, quote, standsAt, zero } from "./syntax.ts";

export type JsonKind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** The ground floor of the reader: where it stands, and what a value is made of. Every method throws `malformed`. */
export abstract class JsonTokens {
  readonly bytes: Bytes;
  readonly #numbers = new NumberScanner();
  readonly #strings = new StringScanner();
  /** Offset of the next byte to read. */
  protected at: number;

  constructor(bytes: Bytes, start: number) {
    this.bytes = bytes;
    this.at = start;
  }

  /** What the next value is; reads nothing but space. */
  peek(): JsonKind {
    const byte = this.next();
    if (byte === minus || (byte >= zero && byte <= nine)) return "number";
    switch (byte) {
      case openBrace:
        return "object";
      case openBracket:
        return "array";
      case quote:
        return "string";
      case 0x49: // Infinity
      case 0x4e: // NaN
        return "number";
      case 0x74:
        return "true";
      case 0x66:
        return "false";
      case 0x6e:
        return "null";
      default:
        throw this.unexpected("a value");
    }
  }

  string(): string {
    return this.scanString("a string").text();
  }

  /** The UTF-8 bytes of a string: a view where nothing is escaped. */
  stringBytes(): Bytes {
    return this.scanString("a string").utf8();
  }

  /** The nearest double. */
  number(): number {
    this.at = this.#numbers.scan(this.bytes, this.skipSpace());
    return this.#numbers.value;
  }

  /** As {@link number}, but a bigint where a double would round an integer of at most 20 digits. */
  exactNumber(): number | bigint {
    this.number();
    return this.#numbers.exact();
  }

  /** Whether the number read last was written without fraction and exponent. */
  get wasInteger(): boolean {
    return this.#numbers.integral;
  }

  boolean(): boolean {
    return this.peek() === "true" ? this.#word("true", true) : this.#word("false", false);
  }

  null(): null {
    return this.#word("null", null);
  }

  /** Checks that nothing but space is left. */
  end(): void {
    if (this.skipSpace() < this.bytes.length) throw malformedJson("something follows the document", this.at);
  }

  /** Passes over a string; what is returned holds it until the next one. */
  protected scanString(expected: string): StringScanner {
    if (this.next() !== quote) throw this.unexpected(expected);
    this.at = this.#strings.scan(this.bytes, this.at);
    return this.#strings;
  }

  /** The next byte that is not space, not read yet; 0 at the end. */
  protected next(): number {
    return this.bytes[this.skipSpace()] ?? 0;
  }

  protected skipSpace(): number {
    let byte = this.bytes[this.at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.bytes[++this.at];
    return this.at;
  }

  protected unexpected(expected: string): Error {
    const problem = this.at < this.bytes.length ? `${expected} is expected` : "the document ends too early";
    return malformedJson(problem, this.at);
  }

  #word<T>(word: string, value: T): T {
    if (!standsAt(word, this.bytes, this.skipSpace())) throw this.unexpected(word);
    this.at += word.length;
    return value;
  }
}
