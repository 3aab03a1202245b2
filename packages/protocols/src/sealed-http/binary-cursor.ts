// The pieces of binary HTTP messages (RFC 9292): numbers of one, two, four or eight bytes, and byte strings with their length.
import { InferenceError } from "@sealserve/inference";
import { ByteCursor, type Bytes, concatBytes, TruncatedError } from "@sealserve/primitives";

/** A number as QUIC writes it (RFC 9000, section 16), in the fewest bytes. */
export function writeNumber(value: number): Bytes {
  if (value < 2 ** 6) return Uint8Array.of(value);
  const bytes = new Uint8Array(value < 2 ** 14 ? 2 : value < 2 ** 30 ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 2) view.setUint16(0, value + 0x4000);
  else if (bytes.length === 4) view.setUint32(0, value + 0x8000_0000);
  else view.setBigUint64(0, BigInt(value) + 0xc000_0000_0000_0000n);
  return bytes;
}

export function writeString(bytes: Bytes): Bytes {
  return concatBytes([writeNumber(bytes.length), bytes]);
}

/** Reads in order; views, never past the end. Every method throws `malformed`. */
export class BinaryCursor {
  readonly #cursor: ByteCursor;

  constructor(bytes: Bytes) {
    this.#cursor = new ByteCursor(bytes);
  }

  get remaining(): number {
    return this.#cursor.remaining;
  }

  /** Refuses numbers that are not in the fewest bytes: there is one way of writing a message. */
  number(): number {
    return this.#within(() => {
      const first = this.#cursor.uint8();
      const more = 2 ** (first >> 6) - 1;
      let value = first & 0x3f;
      for (const byte of this.#cursor.take(more)) value = value * 256 + byte;
      if (!Number.isSafeInteger(value) || writeNumber(value).length !== more + 1) {
        throw malformed("a number is too large, or not in the fewest bytes");
      }
      return value;
    });
  }

  string(): Bytes {
    return this.#within(() => this.#cursor.take(this.number()));
  }

  /** What is left. */
  rest(): Bytes {
    return this.#cursor.take(this.#cursor.remaining);
  }

  #within<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof TruncatedError) throw malformed("it ends in the midst of a field");
      throw error;
    }
  }
}

export function malformed(problem: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem: `the sealed message cannot be read: ${problem}` });
}
