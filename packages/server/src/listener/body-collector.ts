// Gathers the pieces of a body into one array that is never longer than a small multiple of what has arrived.
import type { Bytes } from "@sealserve/primitives";

const trustedLength = 1024 * 1024;

export class BodyCollector {
  readonly #limit: number;
  readonly #expected: number | null;
  #first: Bytes | null = null;
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** `expected` is the length that was announced, or null; it is at most `limit`. */
  constructor(limit: number, expected: number | null) {
    this.#limit = limit;
    this.#expected = expected;
  }

  /** False, and nothing kept, if the body has grown over the limit. */
  add(piece: Bytes): boolean {
    const length = this.#length + piece.length;
    if (length > this.#limit) return false;
    if (this.#length === 0) this.#first = piece;
    else {
      if (this.#first) this.#grow(length, this.#first);
      else if (length > this.#buffer.length) this.#grow(length, this.#buffer.subarray(0, this.#length));
      this.#first = null;
      this.#buffer.set(piece, this.#length);
    }
    this.#length = length;
    return true;
  }

  /** All pieces; a single one is given as it came. */
  body(): Bytes {
    return this.#first ?? this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number, kept: Bytes): void {
    const expected = this.#expected;
    const trusted = expected !== null && expected <= trustedLength;
    const size = trusted ? expected : Math.min(expected ?? this.#limit, needed * 2);
    const grown = new Uint8Array(size);
    grown.set(kept);
    this.#buffer = grown;
  }
}
