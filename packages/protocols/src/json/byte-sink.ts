// Bytes as they are written, in chunks that are never copied again.
import { type Bytes, concatBytes } from "@sealserve/primitives";

const encoder = new TextEncoder();

const firstChunk = 512;
const largestChunk = 64 * 1024;

/** Takes text and bytes, and gives them back as chunks in their order. */
export class ByteSink {
  readonly #full: Bytes[] = [];
  #chunk = new Uint8Array(firstChunk);
  #at = 0;
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length + this.#at;
  }

  byte(byte: number): void {
    if (this.#at === this.#chunk.length) this.#next(1);
    this.#chunk[this.#at++] = byte;
  }

  /** Text that is known to be ASCII. */
  ascii(text: string): void {
    if (this.#at + text.length > this.#chunk.length) this.#next(text.length);
    for (let i = 0; i < text.length; i++) this.#chunk[this.#at++] = text.charCodeAt(i);
  }

  text(text: string): void {
    // A UTF-16 unit has at most three bytes in UTF-8.
    if (this.#at + 3 * text.length > this.#chunk.length) this.#next(3 * text.length);
    if (!this.#short(text)) this.#at += encoder.encodeInto(text, this.#chunk.subarray(this.#at)).written;
  }

  /** Writes short ASCII text, quicker than the encoder does; false: it is not such text, and nothing is written. */
  #short(text: string): boolean {
    if (text.length > 32) return false;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      this.#chunk[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  /** Bytes that nobody will change. */
  bytes(bytes: Bytes): void {
    if (this.#at + bytes.length > this.#chunk.length) this.#next(bytes.length);
    this.#chunk.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** All that was written. */
  chunks(): readonly Bytes[] {
    return [...this.#full, this.#chunk.subarray(0, this.#at)];
  }

  /** All that was written, in one piece. */
  whole(): Bytes {
    return concatBytes(this.chunks());
  }

  #next(needed: number): void {
    if (this.#at > 0) this.#full.push(this.#chunk.subarray(0, this.#at));
    this.#length += this.#at;
    this.#chunk = new Uint8Array(Math.max(needed, Math.min(4 * this.#chunk.length, largestChunk)));
    this.#at = 0;
  }
}
