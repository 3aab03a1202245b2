// A stream of bytes read by exact lengths, with a look at what comes next.

export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Bytes that came, but were not read yet. */
  #rest: Uint8Array = new Uint8Array();
  /** Where pieces are joined. */
  #gathered: Uint8Array = new Uint8Array();
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

  /** The next `length` bytes, fewer only at the end. A view where they came in one piece: read it before the next take. */
  async take(length: number): Promise<Uint8Array> {
    const piece = await this.peek(length);
    this.skip(piece.length);
    return piece.length === length || piece.length === 0 ? piece : this.#gather(length, piece);
  }

  async #gather(length: number, first: Uint8Array): Promise<Uint8Array> {
    if (this.#gathered.length < length) this.#gathered = new Uint8Array(length);
    let filled = 0;
    for (let piece = first; piece.length > 0; piece = await this.peek(length - filled)) {
      this.#gathered.set(piece, filled);
      if (filled > 0) this.skip(piece.length);
      filled += piece.length;
    }
    return this.#gathered.subarray(0, filled);
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.peek(1)).length === 0;
  }

  /** Gives up the stream: whoever writes it learns of it. */
  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}
