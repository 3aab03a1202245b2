// A stream of bytes read by exact lengths, with a look at what comes next.

export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Bytes that came, but were not read yet. */
  #rest: Uint8Array = new Uint8Array();
  #ended = false;
  #at = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Offset of the next byte. */
  get at(): number {
    return this.#at;
  }

  /** Between 1 and `limit` bytes that come next, left where they are; none at the end. A view: read it before the next call. */
  async peek(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0 && !this.#ended) {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = true;
      else this.#rest = value;
    }
    return this.#rest.subarray(0, limit);
  }

  /** Goes past `length` bytes that were seen. */
  skip(length: number): void {
    this.#rest = this.#rest.subarray(length);
    this.#at += length;
  }

  /** Fills `target` as far as the stream reaches; returns how far. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const piece = await this.peek(target.length - filled);
      if (piece.length === 0) break;
      target.set(piece, filled);
      this.skip(piece.length);
      filled += piece.length;
    }
    return filled;
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.peek(1)).length === 0;
  }

  /** Gives up the stream: whoever writes it learns of it. */
  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}
