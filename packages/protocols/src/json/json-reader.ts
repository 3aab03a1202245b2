// Reads JSON (RFC 8259) from UTF-8 bytes token by token: no tree, no recursion, nothing that the bytes do not bound.

import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonTokens } from "./json-tokens.ts";
import { KeySet } from "./key-set.ts";
import { type Paced, runUnpaced, sliceBytes } from "./paced.ts";
import { closeBrace, closeBracket, colon, comma, malformedJson, openBrace, openBracket } from "./syntax.ts";

/** Where a value lies in the reader's bytes, without the space around it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Limits; each has a default. */
export interface JsonLimits {
  /** How many arrays and objects may lie within each other: 100. */
  readonly maxDepth: number;
  /** Bytes of the longest key: 65,536. */
  readonly maxKeyBytes: number;
  /** Keys of one object, which are kept until it ends: 65,536. */
  readonly maxKeys: number;
}

const defaultLimits: JsonLimits = { maxDepth: 100, maxKeyBytes: 65_536, maxKeys: 65_536 };

/**
 * A position in a document. Call {@link peek}, then what it names; in an object {@link nextKey} and then read the value, until
 * it gives null; in an array {@link nextElement} and then read the value, until it gives false.
 * Every method throws `malformed`, with the offset, for what is not JSON, for a key that an object has twice, and beyond a limit.
 * The bare numbers NaN, Infinity and -Infinity are taken, as Triton and TensorFlow Serving take them.
 */
export class JsonReader extends JsonTokens {
  readonly #limits: JsonLimits;
  /** What is open: the keys of an object so far, or null for an array. */
  readonly #open: (KeySet | null)[] = [];
  /** Whether the innermost array or object has just been opened. */
  #fresh = false;
  #pauseAt: number;

  /** Reads from `start`, the beginning if left out. */
  constructor(bytes: Bytes, limits: Partial<JsonLimits> = {}, start = 0) {
    super(bytes, start);
    this.#limits = { ...defaultLimits, ...limits };
    this.#pauseAt = start + sliceBytes;
  }

  /** A reader of what this one reads next, to look ahead; this one stays where it is. */
  ahead(): JsonReader {
    return new JsonReader(this.bytes, this.#limits, this.at);
  }

  /** A reader of one value that this one has skipped, with the same limits and the same offsets. */
  within(range: ByteRange): JsonReader {
    return new JsonReader(this.bytes.subarray(0, range.end), this.#limits, range.start);
  }

  beginObject(): void {
    this.#begin(openBrace, "an object");
    this.#open.push(new KeySet());
  }

  /** The next key of the innermost object, or null where the object ends. */
  nextKey(): string | null {
    if (!this.#follows(closeBrace)) return null;
    const start = this.skipSpace();
    const string = this.scanString("a key");
    const { maxKeyBytes, maxKeys } = this.#limits;
    if (this.at - start - 2 > maxKeyBytes) throw malformedJson(`a key has more than ${maxKeyBytes} bytes`, start);
    const key = string.text();
    const keys = this.#open.at(-1);
    if (!keys?.add(key)) throw malformedJson("an object has the same key twice", start);
    if (keys.size > maxKeys) throw malformedJson(`an object has more than ${maxKeys} keys`, start);
    if (this.next() !== colon) throw this.unexpected("a colon");
    this.at++;
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

  /** Passes over the next value, checks it whole, and says where it lies. */
  skip(): ByteRange {
    return runUnpaced(this.skipPaced());
  }

  /** As {@link skip}, with pauses. */
  *skipPaced(): Paced<ByteRange> {
    const start = this.skipSpace();
    const outside = this.#open.length;
    do {
      this.#enterOrSkip();
      while (this.#open.length > outside) {
        const more = this.#open.at(-1) === null ? this.nextElement() : this.nextKey() !== null;
        if (more) break;
      }
      if (this.pauseDue()) yield;
    } while (this.#open.length > outside);
    return { start, end: this.at };
  }

  /** Whether it is time for a pause; then the next one is due a slice later. */
  pauseDue(): boolean {
    if (this.at < this.#pauseAt) return false;
    this.#pauseAt = this.at + sliceBytes;
    return true;
  }

  /** Counts bytes that were read by another reader towards the next pause. */
  countWork(bytes: number): void {
    this.#pauseAt -= bytes;
  }

  #enterOrSkip(): void {
    const kind = this.peek();
    if (kind === "object") this.beginObject();
    else if (kind === "array") this.beginArray();
    else if (kind === "string") this.stringBytes();
    else if (kind === "number") this.number();
    else if (kind === "null") this.null();
    else this.boolean();
  }

  #begin(bracket: number, what: string): void {
    if (this.next() !== bracket) throw this.unexpected(what);
    const { maxDepth } = this.#limits;
    if (this.#open.length >= maxDepth) {
      throw new InferenceError("malformed", {
        problem: `JSON nesting depth exceeds maximum allowed limit (${maxDepth})`,
      });
    }
    this.at++;
    this.#fresh = true;
  }

  /** Moves to the next item of the innermost array or object, or behind its `bracket`. */
  #follows(bracket: number): boolean {
    const byte = this.next();
    const fresh = this.#fresh;
    this.#fresh = false;
    if (byte === bracket) {
      this.at++;
      this.#open.pop();
      return false;
    }
    if (fresh) return true;
    if (byte !== comma) throw this.unexpected("a comma or the closing bracket");
    this.at++;
    return true;
  }
}
