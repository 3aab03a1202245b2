// A position in bytes that refuses to read past the end.
import type { Bytes } from "./bytes.ts";
import { CodedError } from "./coded-error.ts";

/** What went wrong while reading: `wanted` bytes at `at`, of `length` in all. */
export interface TruncatedFacts {
  readonly at: number;
  readonly wanted: number;
  readonly length: number;
}

/** Fewer bytes than a length field or a format promises. */
export class TruncatedError extends CodedError<"truncated", TruncatedFacts> {
  constructor(facts: TruncatedFacts) {
    super(
      "truncated",
      `needs ${facts.wanted} bytes at offset ${facts.at}, but there are ${facts.length} in all`,
      facts,
    );
  }
}

/** Reads numbers and views from `bytes` in order. Every method throws {@link TruncatedError} rather than read past the end. */
export class ByteCursor {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of the next byte. */
  get at(): number {
    return this.#at;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Bytes {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16le(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32le(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint32be(): number {
    return this.#view.getUint32(this.#advance(4), false);
  }

  uint64le(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  #advance(wanted: number): number {
    const at = this.#at;
    if (!Number.isSafeInteger(wanted) || wanted < 0 || wanted > this.remaining) {
      throw new TruncatedError({ at, wanted, length: this.#bytes.length });
    }
    this.#at = at + wanted;
    return at;
  }
}
