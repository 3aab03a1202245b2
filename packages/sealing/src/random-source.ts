// Bytes that can be read in any order, and the same bytes as a stream.

export interface RandomSource {
  /** Bytes in all; does not change while the source is used. */
  readonly size: number;
  /** Of a file that is open in this process: its number. */
  readonly descriptor?: number;
  /** `length` bytes from `offset` on, both within `size`; the buffer is the reader's. Fewer only where the source has shrunk. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

const pieceSize = 262_144;

/** All of `source` from the start. */
export function streamFrom(source: RandomSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = at < source.size ? await source.read(at, Math.min(pieceSize, source.size - at)) : null;
        if (piece && piece.length > 0) controller.enqueue(piece);
        else controller.close();
        at += piece?.length ?? 0;
      },
    },
    { highWaterMark: 0 },
  );
}

/** A source over bytes in memory; what it reads are copies. */
export function sourceOf(bytes: Uint8Array): RandomSource {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}
