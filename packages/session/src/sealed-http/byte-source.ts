// Bytes taken from a stream in the amounts that a format asks for.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { SessionError } from "../session-error.ts";

export class ByteSource {
  readonly #pieces: AsyncIterator<Bytes>;
  #rest: Bytes = new Uint8Array(0);

  constructor(stream: AsyncIterable<Bytes>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes. Throws `stream-truncated` where the stream ends before. */
  async take(length: number): Promise<Bytes> {
    const pieces: Bytes[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new SessionError("stream-truncated", {});
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      pieces.push(piece);
    }
    return concatBytes(pieces);
  }

  async ended(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#more());
  }

  /** Whether there is another byte. */
  async #more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#rest = value;
      return true;
    }
  }
}
