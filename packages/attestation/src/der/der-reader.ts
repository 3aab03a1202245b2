// Reads DER (X.690) strictly, in order, as views on the bytes; BER's other ways to say the same are refused.
import type { Bytes } from "@sealserve/primitives";
import { DerError } from "./der-error.ts";
import { readObjectIdentifier } from "./object-identifier.ts";
import { tag } from "./tag.ts";
import { readTime } from "./time.ts";

/** A cursor over the elements of `bytes`. Every method throws {@link DerError}, and reads nothing past the end. */
export class DerReader {
  readonly #bytes: Bytes;
  #at = 0;
  #contentAt = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** Offset of the next element. */
  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Tag of the next element; null at the end. */
  peek(): number | null {
    return this.#bytes[this.#at] ?? null;
  }

  /** The content of the next element, which must have `expected` as its tag. */
  content(expected: number): Bytes {
    this.#step(expected);
    return this.#bytes.subarray(this.#contentAt, this.#at);
  }

  /** The whole next element, tag and length included. */
  raw(expected: number): Bytes {
    const start = this.#at;
    this.#step(expected);
    return this.#bytes.subarray(start, this.#at);
  }

  /** A reader of the content of the next element. */
  inside(expected: number = tag.sequence): DerReader {
    return new DerReader(this.content(expected));
  }

  /** A reader of the content of the next element if its tag is `wanted`; else null, and nothing is read. */
  insideIf(wanted: number): DerReader | null {
    return this.peek() === wanted ? this.inside(wanted) : null;
  }

  /** Refuses anything after what was read. */
  end(): void {
    if (!this.atEnd) throw new DerError(this.#at, `${this.#bytes.length - this.#at} bytes too many`);
  }

  /** Magnitude of a non-negative INTEGER, big-endian, without a leading zero byte; zero is one zero byte. */
  unsigned(expected: number = tag.integer): Bytes {
    const start = this.#at;
    const content = this.content(expected);
    const first = content[0];
    const second = content[1];
    if (first === undefined) throw new DerError(start, "an integer without digits");
    if (first > 0x7f) throw new DerError(start, "a negative integer");
    if (first !== 0 || second === undefined) return content;
    if (second <= 0x7f) throw new DerError(start, "an integer with a superfluous zero");
    return content.subarray(1);
  }

  /** An INTEGER (or ENUMERATED) from 0 to `limit`, which is below 2^32. */
  smallUnsigned(limit: number, expected: number = tag.integer): number {
    const start = this.#at;
    const digits = this.unsigned(expected);
    let value = 0;
    if (digits.length <= 4) for (const digit of digits) value = value * 256 + digit;
    if (digits.length > 4 || value > limit) throw new DerError(start, `an integer above ${limit}`);
    return value;
  }

  boolean(): boolean {
    const start = this.#at;
    const content = this.content(tag.boolean);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError(start, "not a boolean");
    return content[0] !== 0;
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(): string {
    const start = this.#at;
    return readObjectIdentifier(this.content(tag.oid), start);
  }

  octetString(): Bytes {
    return this.content(tag.octetString);
  }

  /** A BIT STRING of whole bytes. */
  bitString(): Bytes {
    const start = this.#at;
    const content = this.content(tag.bitString);
    if (content[0] !== 0) throw new DerError(start, "a bit string that is not of whole bytes");
    return content.subarray(1);
  }

  /** UTCTime or GeneralizedTime as X.509 allows them, in milliseconds since 1970. */
  time(): number {
    const start = this.#at;
    const kind = this.peek();
    if (kind !== tag.utcTime && kind !== tag.generalizedTime) throw new DerError(start, "not a time");
    return readTime(kind, this.content(kind), start);
  }

  /** Moves over the next element. */
  #step(expected: number): void {
    const start = this.#at;
    const bytes = this.#bytes;
    const found = bytes[start];
    if (found !== expected) {
      throw new DerError(start, found === undefined ? "ends too early" : `tag ${found} where ${expected} must stand`);
    }
    let length = bytes[start + 1];
    let contentAt = start + 2;
    if (length === undefined) throw new DerError(start, "an element without a length");
    if (length > 0x7f) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || contentAt + count > bytes.length)
        throw new DerError(start, "a length not of DER");
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[contentAt++] ?? 0);
      if (length < 0x80 || length < 2 ** (8 * (count - 1))) throw new DerError(start, "a length that is not minimal");
    }
    if (length > bytes.length - contentAt) throw new DerError(start, "a length beyond the end");
    this.#contentAt = contentAt;
    this.#at = contentAt + length;
  }
}
