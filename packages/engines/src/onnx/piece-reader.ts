// Reads protobuf's wire format out of bytes that come in pieces: a generator that yields wherever it needs the next piece.
import type { Bytes } from "@sealserve/primitives";

/** A reading that waits for pieces, and in the end gives a value. */
export type Reading<T> = Generator<void, T, void>;

/** The pieces are not what is expected of them, or more than may be kept. */
export class UnsplittableError extends Error {}

const longestVarint = 10;

/** A piece is looked into only until the next one is given. */
export class PieceReader {
  #piece: Bytes = new Uint8Array(0);
  #at = 0;
  /** Bytes of all pieces before this one. */
  #before = 0;

  /** Offset of the next byte in all pieces. */
  get at(): number {
    return this.#before + this.#at;
  }

  give(piece: Bytes): void {
    this.#before += this.#piece.length;
    this.#piece = piece;
    this.#at = 0;
  }

  /** Shows `length` bytes in their order, in parts as they come. */
  *pass(length: number, look: (part: Bytes) => void): Reading<void> {
    for (let done = 0; done < length; ) {
      while (this.#at === this.#piece.length) yield;
      const part = this.#piece.subarray(this.#at, this.#at + length - done);
      this.#at += part.length;
      done += part.length;
      look(part);
    }
  }

  /** A copy of `length` bytes. */
  *take(length: number): Reading<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    let done = 0;
    yield* this.pass(length, (part) => {
      bytes.set(part, done);
      done += part.length;
    });
    return bytes;
  }

  /** At most ten bytes, as they are. */
  *varint(): Reading<Uint8Array<ArrayBuffer>> {
    const bytes: number[] = [];
    while (bytes.length < longestVarint) {
      while (this.#at === this.#piece.length) yield;
      const byte = this.#piece[this.#at++] ?? 0;
      bytes.push(byte);
      if (byte < 0x80) return Uint8Array.from(bytes);
    }
    throw new UnsplittableError(`a varint of more than ten bytes before offset ${this.at}`);
  }
}

/** Exact up to 2^53, which is enough for keys and lengths. */
export function numberOf(varint: Bytes): number {
  return varint.reduceRight((value, byte) => value * 128 + (byte & 0x7f), 0);
}

/** `value` is a safe integer from 0 on. */
export function varintOf(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
