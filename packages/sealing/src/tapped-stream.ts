// A stream whose pieces are looked at on their way, one at a time: none is read before it is asked for.

export function tappedStream(
  stream: ReadableStream<Uint8Array>,
  look: (piece: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        look(value);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
