// Writes JSON (RFC 8259) as UTF-8 bytes, piece by piece, with the commas in their places.
import type { Bytes } from "@sealserve/primitives";
import { ByteSink } from "./byte-sink.ts";
import { sliceBytes } from "./paced.ts";
import { writeText, writeUtf8 } from "./string-writer.ts";
import { closeBrace, closeBracket, colon, comma, openBrace, openBracket } from "./syntax.ts";

export interface JsonWriterOptions {
  /**
   * Spaces for each level of an object, one member a line; arrays of scalars stay on one line, with a space behind each comma,
   * as TensorFlow Serving writes them. 0 if left out: no space at all.
   */
  readonly indent?: number;
}

/**
 * Members and elements are written in order: {@link key} and then a value in an object, values alone in an array; the caller
 * ends what it begins. NaN and the infinities become the bare tokens that Triton and TensorFlow Serving use.
 */
export class JsonWriter {
  readonly #sink = new ByteSink();
  readonly #indent: number;
  #depth = 0;
  /** Whether a comma goes before the next key or element. */
  #comma = false;
  #afterKey = false;
  #pauseAt = sliceBytes;

  constructor(options: JsonWriterOptions = {}) {
    this.#indent = options.indent ?? 0;
  }

  beginObject(): void {
    this.#begin(openBrace);
  }

  key(name: string): void {
    if (this.#comma) this.#sink.byte(comma);
    this.#newLine();
    writeText(this.#sink, name);
    this.#sink.byte(colon);
    if (this.#indent > 0) this.#sink.byte(0x20);
    this.#afterKey = true;
  }

  endObject(): void {
    this.#depth--;
    if (this.#comma) this.#newLine();
    this.#sink.byte(closeBrace);
    this.#comma = true;
  }

  beginArray(): void {
    this.#begin(openBracket);
  }

  endArray(): void {
    this.#depth--;
    this.#sink.byte(closeBracket);
    this.#comma = true;
  }

  /** Half a surrogate pair does not survive. */
  string(text: string): void {
    this.#before();
    writeText(this.#sink, text);
  }

  /** A string from its UTF-8 bytes; ill-formed ones pass through as they are, as TensorFlow Serving lets them. */
  stringBytes(utf8: Bytes): void {
    this.#before();
    writeUtf8(this.#sink, utf8);
  }

  /** An integer or a double, in its shortest form. */
  number(value: number | bigint): void {
    this.#before();
    this.#sink.ascii(Object.is(value, -0) ? "-0" : String(value));
  }

  /** A double that is to be seen as one: whole values end in ".0". */
  float(value: number): void {
    this.#before();
    if (Number.isInteger(value) && Math.abs(value) < 1e21) this.#sink.ascii(`${Object.is(value, -0) ? "-0" : value}.0`);
    else this.#sink.ascii(String(value));
  }

  boolean(value: boolean): void {
    this.#before();
    this.#sink.ascii(value ? "true" : "false");
  }

  null(): void {
    this.#before();
    this.#sink.ascii("null");
  }

  /** A whole JSON value that was written elsewhere. */
  raw(json: Bytes): void {
    this.#before();
    this.#sink.bytes(json);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#sink.length;
  }

  /** All that was written, as chunks in their order. */
  chunks(): readonly Bytes[] {
    return this.#sink.chunks();
  }

  /** All that was written, in one piece. */
  whole(): Bytes {
    return this.#sink.whole();
  }

  /** Whether it is time for a pause; then the next one is due a slice later. */
  pauseDue(): boolean {
    if (this.#sink.length < this.#pauseAt) return false;
    this.#pauseAt = this.#sink.length + sliceBytes;
    return true;
  }

  #begin(bracket: number): void {
    this.#before();
    this.#sink.byte(bracket);
    this.#depth++;
    this.#comma = false;
  }

  #before(): void {
    if (this.#afterKey) this.#afterKey = false;
    else if (this.#comma) {
      this.#sink.byte(comma);
      if (this.#indent > 0) this.#sink.byte(0x20);
    }
    this.#comma = true;
  }

  #newLine(): void {
    if (this.#indent > 0) this.#sink.ascii(`\n${" ".repeat(this.#depth * this.#indent)}`);
  }
}
