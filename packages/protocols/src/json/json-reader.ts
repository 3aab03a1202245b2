// Reads JSON (RFC 8259) from UTF-8 bytes token by token: no tree, no recursion, nothing that the bytes do not bound.
import type { Bytes } from "@sealserve/primitives";
import { KeySet } from "./key-set.ts";
import { NumberScanner } from "./number-scanner.ts";
import { type Paced, runUnpaced, sliceBytes } from "./paced.ts";
import { StringScanner } from "./string-scanner.ts";
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  malformedJson,
  minus,
  nine,
  openBrace,
  openBracket,
  quote,
  standsAt,
  zero,
} from "./syntax.ts";

export type JsonKind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** Where a value lies in the reader's bytes, without the space around it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface JsonReaderOptions {
  /** Offset of the first byte to read; 0 if left out. */
  readonly start?: number;
  /** How many arrays and objects may lie within each other; 100 if left out. */
  readonly maxDepth?: number;
  /** Bytes of the longest key; 65,536 if left out. */
  readonly maxKeyBytes?: number;
  /** Keys of one object, which are kept until it ends; 65,536 if left out. */
  readonly maxKeys?: number;
}

/**
 * A position in a document. Call {@link peek}, then what it names; in an object {@link nextKey} and then read the value, until
 * it gives null; in an array {@link nextElement} and then read the value, until it gives false.
 * Every method throws `malformed`, with the offset, for what is not JSON, for a key that an object has twice, and beyond a limit.
 * The bare numbers NaN, Infinity and -Infinity are taken, as Triton and TensorFlow Serving take them.
 */
export class JsonReader {
  readonly bytes: Bytes;
  readonly #maxDepth: number;
  readonly #maxKeyBytes: number;
  readonly #maxKeys: number;
  readonly #numbers = new NumberScanner();
  readonly #strings = new StringScanner();
  /** What is open: the keys of an object so far, or null for an array. */
  readonly #open: (KeySet | null)[] = [];
  /** Whether the innermost array or object has just been opened. */
  #fresh = false;
  #at: number;
  #pauseAt: number;

  constructor(bytes: Bytes, options: JsonReaderOptions = {}) {
    this.bytes = bytes;
    this.#at = options.start ?? 0;
    this.#pauseAt = this.#at + sliceBytes;
    this.#maxDepth = options.maxDepth ?? 100;
    this.#maxKeyBytes = options.maxKeyBytes ?? 65_536;
    this.#maxKeys = options.maxKeys ?? 65_536;
  }

  /** Offset of the next byte to read. */
  get offset(): number {
    return this.#at;
  }

  /** A reader of one value that this one has skipped, with the limits of this one and the same offsets. */
  within(range: ByteRange): JsonReader {
    return new JsonReader(this.bytes.subarray(0, range.end), {
      start: range.start,
      maxDepth: this.#maxDepth,
      maxKeyBytes: this.#maxKeyBytes,
      maxKeys: this.#maxKeys,
    });
  }

  /** What the next value is; reads nothing but space. */
  peek(): JsonKind {
    const byte = this.#next();
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
        throw this.#unexpected("a value");
    }
  }

  beginObject(): void {
    this.#begin(openBrace, "an object");
    this.#open.push(new KeySet());
  }

  /** The next key of the innermost object, or null where the object ends. */
  nextKey(): string | null {
    if (!this.#follows(closeBrace)) return null;
    if (this.#next() !== quote) throw this.#unexpected("a key");
    const start = this.#at;
    this.#at = this.#strings.scan(this.bytes, start);
    if (this.#at - start - 2 > this.#maxKeyBytes)
      throw malformedJson(`a key has more than ${this.#maxKeyBytes} bytes`, start);
    const key = this.#strings.text();
    const keys = this.#open.at(-1);
    if (!keys?.add(key)) throw malformedJson("an object has the same key twice", start);
    if (keys.size > this.#maxKeys) throw malformedJson(`an object has more than ${this.#maxKeys} keys`, start);
    if (this.#next() !== colon) throw this.#unexpected("a colon");
    this.#at++;
    return key;
  }

  beginArray(): void {
    this.#begin(openBracket, "an array");
    this.#open.push(null);
  }

  /** Whether the innermost array has another element. */
  nextElement(): boolean {
    return this.#follows(closeBracket);
  }

  string(): string {
    this.#scanString();
    return this.#strings.text();
  }

  /** The UTF-8 bytes of a string: a view where nothing is escaped. */
  stringBytes(): Bytes {
    this.#scanString();
    return this.#strings.utf8();
  }

  /** The nearest double. */
  number(): number {
    this.#at = this.#numbers.scan(this.bytes, this.#skipSpace());
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
    if (this.peek() === "true") return this.#word("true", true);
    return this.#word("false", false);
  }

  null(): null {
    return this.#word("null", null);
  }

  /** Passes over the next value, checks it whole, and says where it lies. */
  skip(): ByteRange {
    return runUnpaced(this.skipPaced());
  }

  /** As {@link skip}, with pauses. */
  *skipPaced(): Paced<ByteRange> {
    const start = this.#skipSpace();
    const outside = this.#open.length;
    do {
      this.#enterOrSkip();
      while (this.#open.length > outside) {
        const more = this.#open.at(-1) === null ? this.nextElement() : this.nextKey() !== null;
        if (more) break;
      }
      if (this.pauseDue()) yield;
    } while (this.#open.length > outside);
    return { start, end: this.#at };
  }

  /** Checks that nothing but space is left. */
  end(): void {
    if (this.#skipSpace() < this.bytes.length) throw malformedJson("something follows the document", this.#at);
  }

  /** Whether it is time for a pause; then the next one is due a slice later. */
  pauseDue(): boolean {
    if (this.#at < this.#pauseAt) return false;
    this.#pauseAt = this.#at + sliceBytes;
    return true;
  }

  /** Counts bytes that were read by another reader towards the next pause. */
  countWork(bytes: number): void {
    this.#pauseAt -= bytes;
  }

  #enterOrSkip(): void {
    switch (this.peek()) {
      case "object":
        this.beginObject();
        break;
      case "array":
        this.beginArray();
        break;
      case "string":
        this.stringBytes();
        break;
      case "number":
        this.number();
        break;
      case "null":
        this.null();
        break;
      case "true":
      case "false":
        this.boolean();
    }
  }

  #begin(bracket: number, what: string): void {
    if (this.#next() !== bracket) throw this.#unexpected(what);
    if (this.#open.length >= this.#maxDepth)
      throw malformedJson(`nesting depth exceeds the limit (${this.#maxDepth})`, this.#at);
    this.#at++;
    this.#fresh = true;
  }

  /** Moves to the next item of the innermost array or object, or behind its `bracket`. */
  #follows(bracket: number): boolean {
    const byte = this.#next();
    const fresh = this.#fresh;
    this.#fresh = false;
    if (byte === bracket) {
      this.#at++;
      this.#open.pop();
      return false;
    }
    if (fresh) return true;
    if (byte !== comma) throw this.#unexpected("a comma or the closing bracket");
    this.#at++;
    return true;
  }

  #scanString(): void {
    if (this.#next() !== quote) throw this.#unexpected("a string");
    this.#at = this.#strings.scan(this.bytes, this.#at);
  }

  #word<T>(word: string, value: T): T {
    if (!standsAt(word, this.bytes, this.#skipSpace())) throw this.#unexpected(word);
    this.#at += word.length;
    return value;
  }

  /** The next byte that is not space, not read yet; 0 at the end. */
  #next(): number {
    return this.bytes[this.#skipSpace()] ?? 0;
  }

  #skipSpace(): number {
    let byte = this.bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.bytes[++this.#at];
    return this.#at;
  }

  #unexpected(expected: string): Error {
    const atEnd = this.#at >= this.bytes.length;
    return malformedJson(atEnd ? "the document ends too early" : `${expected} is expected`, this.#at);
  }
}
