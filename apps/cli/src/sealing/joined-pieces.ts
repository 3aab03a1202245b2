// Joins the pieces of a stream for writing, in constant memory.

/** Large enough that a write costs little beside its bytes. */
const blockSize = 1024 * 1024;

/**
 * The bytes of `stream` in blocks that all lie in one buffer: each holds until the next is asked for. The pieces of `stream` must be
 * its reader's own: each is freed as soon as it is copied, since a collector would let tens of megabytes of them gather.
 */
export async function* joinedPieces(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(blockSize);
  let filled = 0;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      if (filled === blockSize) {
        yield block;
        filled = 0;
      }
      const part = piece.subarray(at, at + blockSize - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
    }
    piece.buffer.transfer(0);
  }
  yield block.subarray(0, filled);
}
