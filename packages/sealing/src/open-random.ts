// Opens a sealed file for reading in any order, chunk by chunk.
import { ByteSource } from "./age/byte-source.ts";
import type { ChunkOpener } from "./age/chunk-opener.ts";
import { chunkSize, openedSize, payloadNonceSize, sealedChunkSize } from "./age/chunks.ts";
import { type AcceptFileKey, openFront } from "./open.ts";
import { type RandomSource, streamFrom } from "./random-source.ts";
import type { Identity } from "./recipient.ts";
import { SealingError } from "./sealing-error.ts";

/** What another thread of this process needs to open the chunks of a file. */
export interface SealedPayload {
  readonly descriptor: number;
  /** 32 bytes: a copy, for whoever asked to wipe. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** Offset of the first chunk. */
  readonly start: number;
  /** Bytes of plaintext. */
  readonly size: number;
}

/** A sealed file that was opened. */
export interface OpenedSource extends RandomSource {
  /** null where the sealed file is none of this process's open files. */
  payload(): SealedPayload | null;
}

/** Chunks read from the source at once. */
const chunksPerRead = 8;

/**
 * Opens an age v1 file for random access. The header and the last chunk are proved before this resolves, so that `size` can be
 * believed; every other chunk is proved whenever it is read. Throws as `open` does; `read` throws `chunk-forged`, `truncated` where
 * the source shrank, and `range-outside`.
 */
export function openRandom(source: RandomSource, identities: readonly Identity[]): Promise<OpenedSource> {
  return openRandomAccepted(source, identities, async () => {});
}

/** As {@link openRandom}, for a file whose key `accept` accepts. */
export async function openRandomAccepted(
  source: RandomSource,
  identities: readonly Identity[],
  accept: AcceptFileKey,
): Promise<OpenedSource> {
  const front = new ByteSource(streamFrom(source));
  const { headerSize, chunks } = await openFront(front, identities, accept);
  await front.cancel();
  const size = openedSize(source.size, headerSize);
  const opened = new OpenedFile(source, chunks, { start: headerSize + payloadNonceSize, size });
  await opened.proveEnd();
  return opened;
}

class OpenedFile implements OpenedSource {
  readonly size: number;
  readonly #source: RandomSource;
  readonly #chunks: ChunkOpener;
  /** Offset of the first chunk in the source. */
  readonly #start: number;
  readonly #last: number;
  /** The chunk that was read in part most recently: small reads in order open it once. */
  #kept: { readonly index: number; readonly plaintext: Uint8Array } | null = null;

  constructor(source: RandomSource, chunks: ChunkOpener, { start, size }: { start: number; size: number }) {
    this.size = size;
    this.#source = source;
    this.#chunks = chunks;
    this.#start = start;
    this.#last = Math.max(0, Math.ceil(size / chunkSize) - 1);
  }

  payload(): SealedPayload | null {
    const { descriptor } = this.#source;
    if (descriptor === undefined) return null;
    return { descriptor, key: this.#chunks.copyKey(), start: this.#start, size: this.size };
  }

  async proveEnd(): Promise<void> {
    await this.#openKept(this.#last);
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const isWithin =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset + length <= this.size;
    if (!isWithin) throw new SealingError("range-outside", { offset, length, size: this.size });
    const into = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const whole = at % chunkSize === 0 ? this.#wholeChunks(at, length - done) : 0;
      done +=
        whole > 0
          ? await this.#readWhole(at / chunkSize, whole, into.subarray(done))
          : await this.#readPart(at, into.subarray(done));
    }
    return into;
  }

  /** How many chunks from `at` on are wanted in full. */
  #wholeChunks(at: number, wanted: number): number {
    const reachesEnd = at + wanted === this.size;
    return Math.min(chunksPerRead, reachesEnd ? Math.ceil(wanted / chunkSize) : Math.floor(wanted / chunkSize));
  }

  async #readWhole(first: number, count: number, into: Uint8Array): Promise<number> {
    const sealed = await this.#readSealed(first, count);
    let done = 0;
    for (let i = 0; i < count; i++) {
      const chunk = sealed.subarray(i * sealedChunkSize, (i + 1) * sealedChunkSize);
      const plaintext = this.#chunks.open(first + i, first + i === this.#last, chunk);
      into.set(plaintext, done);
      done += plaintext.length;
      // Copies are freed at once: a large file read whole would otherwise leave many to be collected.
      plaintext.buffer.transfer(0);
    }
    sealed.buffer.transfer(0);
    return done;
  }

  async #readPart(at: number, into: Uint8Array): Promise<number> {
    const plaintext = await this.#openKept(Math.floor(at / chunkSize));
    const part = plaintext.subarray(at % chunkSize, (at % chunkSize) + into.length);
    into.set(part);
    return part.length;
  }

  async #openKept(index: number): Promise<Uint8Array> {
    if (this.#kept?.index === index) return this.#kept.plaintext;
    const sealed = await this.#readSealed(index, 1);
    const plaintext = this.#chunks.open(index, index === this.#last, sealed);
    this.#kept = { index, plaintext };
    return plaintext;
  }

  async #readSealed(first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = this.#start + first * sealedChunkSize;
    const length = Math.min(this.#source.size, from + count * sealedChunkSize) - from;
    const sealed = await this.#source.read(from, length);
    if (sealed.length < length) throw new SealingError("truncated", { at: from + sealed.length });
    return sealed;
  }
}
