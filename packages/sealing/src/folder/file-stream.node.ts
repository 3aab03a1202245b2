// A file on disk as a stream that takes no more memory for a large file than for a small one.
import { fileSource, type OpenFileSource } from "./file-source.node.ts";

const pieceSize = 262_144;

/**
 * All of the file at `path`, which is opened at the first pull and closed at the end. Its pieces lie in two buffers by turns: a piece
 * holds until the next but one is asked for, which is how `seal`, `open` and `sealDirectory` read. `count` is told of the bytes of
 * each. Fails with `SealingError` `source-unreadable`.
 */
export function fileStream(path: string, count: (bytes: number) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  let [next, other] = [new Uint8Array(0), new Uint8Array(0)];
  let opened: OpenFileSource | null = null;
  let at = 0;
  const close = async (): Promise<void> => opened?.[Symbol.asyncDispose]();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          opened ??= await fileSource(path);
          if (next.length === 0) next = new Uint8Array(Math.min(pieceSize, opened.size - at));
          const length = await opened.readInto(next.subarray(0, opened.size - at), at);
          if (length > 0) controller.enqueue(next.subarray(0, length));
          else await close().then(() => controller.close());
          [next, other] = [other, next];
          at += length;
          count(length);
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
