// Streams of bytes that cost next to nothing to make and to read.

/** `size` bytes in pieces that all show the same `piece`. */
export function repeat(piece: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let left = size;
  return new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(piece.subarray(0, left));
        left -= piece.length;
        if (left <= 0) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** `bytes` in pieces of `pieceSize`, as views. */
export function piecesOf(bytes: Uint8Array, pieceSize: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(bytes.subarray(at, at + pieceSize));
        at += pieceSize;
        if (at >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads to the end and keeps nothing. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}
