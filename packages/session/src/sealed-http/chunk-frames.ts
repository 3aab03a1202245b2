// A body as sealed chunks: each with its length and whether it is the last, both authenticated; so the end cannot go missing.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { SessionError } from "../session-error.ts";
import type { ByteSource } from "./byte-source.ts";

/** Seals or opens chunk number `sequence`; what it authenticates beside the data is `header`. */
export type ChunkCipher = (sequence: number, data: Bytes, header: Bytes) => Promise<Bytes>;

/** Plaintext bytes in one chunk, at most. */
export const largestChunk = 64 * 1024;
const tagLength = 16;
const headerLength = 5;
/** Chunks under one key, at most. */
const chunkLimit = 2 ** 32;

/** A frame is a byte (1: the last, 0: another follows), the ciphertext's length in four bytes, big-endian, and the ciphertext. */
export async function* sealFrames(
  body: AsyncIterable<Bytes>,
  seal: ChunkCipher,
  limit = chunkLimit,
): AsyncGenerator<Bytes> {
  let sequence = 0;
  let held: Bytes = new Uint8Array(0);
  const frame = async (data: Bytes, last: boolean): Promise<Bytes> => {
    if (sequence >= limit) throw new SessionError("sequence-exhausted", {});
    const header = headerOf(last, data.length + tagLength);
    return concatBytes([header, await seal(sequence++, data, header)]);
  };
  for await (const piece of body) {
    for (let at = 0; at < piece.length; at += largestChunk) {
      if (held.length > 0) yield await frame(held, false);
      held = piece.subarray(at, at + largestChunk);
    }
  }
  yield await frame(held, true);
}

/**
 * The plaintext, chunk by chunk, each authenticated before it is given out; whoever must not act on half a body waits for the end. Throws
 * `sealed-body-malformed`, `sealed-body-forged`, `stream-truncated` and `sequence-exhausted`.
 */
export async function* openFrames(source: ByteSource, open: ChunkCipher, limit = chunkLimit): AsyncGenerator<Bytes> {
  for (let sequence = 0; ; sequence++) {
    if (sequence >= limit) throw new SessionError("sequence-exhausted", {});
    const header = await source.take(headerLength);
    const { last, length } = readHeader(header);
    const chunk = await open(sequence, await source.take(length), header).catch((error: unknown) => {
      throw error instanceof SessionError ? error : new SessionError("sealed-body-forged", {}, error);
    });
    if (last && !(await source.ended())) throw malformed("bytes follow its last chunk");
    if (chunk.length > 0) yield chunk;
    if (last) return;
  }
}

function headerOf(last: boolean, length: number): Bytes {
  const header = new Uint8Array(headerLength);
  header[0] = last ? 1 : 0;
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/** Refuses lengths before anything of that size is kept, and empty chunks but for the last: nobody can send them without end. */
function readHeader(header: Bytes): { readonly last: boolean; readonly length: number } {
  const flag = header[0];
  if (flag !== 0 && flag !== 1) throw malformed("a chunk is neither the last nor another");
  const length = new DataView(header.buffer, header.byteOffset).getUint32(1);
  const least = flag === 1 ? tagLength : tagLength + 1;
  if (length < least || length > largestChunk + tagLength) {
    throw malformed(`a chunk has ${length} bytes; allowed are ${least} to ${largestChunk + tagLength}`);
  }
  return { last: flag === 1, length };
}

function malformed(problem: string): SessionError<"sealed-body-malformed"> {
  return new SessionError("sealed-body-malformed", { problem });
}
