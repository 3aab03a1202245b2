// Bytes at the end of which more are written, in a buffer that doubles when it is full.
import type { Bytes } from "@sealserve/primitives";

const firstSize = 64;

export class GrowableBytes {
  /** On the whole buffer; another one after {@link reserve} had to grow. */
  view = new DataView(new ArrayBuffer(firstSize));
  #length = 0;

  /** Makes room for `size` more bytes and returns the offset of the first. */
  reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.view.byteLength) {
      const larger = new Uint8Array(Math.max(2 * this.view.byteLength, this.#length));
      larger.set(new Uint8Array(this.view.buffer, 0, at));
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  append(bytes: Bytes): void {
    const at = this.reserve(bytes.length);
    new Uint8Array(this.view.buffer, at).set(bytes);
  }

  /** All bytes so far, as a view. */
  written(): Bytes {
    return new Uint8Array(this.view.buffer, 0, this.#length);
  }
}
