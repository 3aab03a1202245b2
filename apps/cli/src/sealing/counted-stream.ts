// A source as a stream that tells how much of it was read.
import { type RandomSource, streamFrom } from "@sealserve/sealing";

export function countedStream(source: RandomSource, count: (bytes: number) => void): ReadableStream<Uint8Array> {
  return streamFrom({
    size: source.size,
    async read(offset, length) {
      const bytes = await source.read(offset, length);
      count(bytes.length);
      return bytes;
    },
  });
}
