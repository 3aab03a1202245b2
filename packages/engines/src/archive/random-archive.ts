// Lets the zip reader read from a source in any order, such as a sealed file that is opened chunk by chunk.
import { Readable } from "node:stream";
import { RandomAccessReader } from "yauzl";

/** Bytes that can be read in any order. */
export interface RandomBytes {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

const pieceSize = 256 * 1024;

export class RandomArchive extends RandomAccessReader {
  readonly #source: RandomBytes;

  constructor(source: RandomBytes) {
    super();
    this.#source = source;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#source, start, end), { objectMode: false });
  }
}

/** The bytes from `start` to before `end`, a piece at a time. */
export async function* pieces(source: RandomBytes, start: number, end: number): AsyncIterable<Uint8Array> {
  for (let at = start; at < end; at += pieceSize) yield await source.read(at, Math.min(pieceSize, end - at));
}
