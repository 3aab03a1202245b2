// Seals a stream: an age file comes out, in constant memory.
import { createChunkCipher } from "#chunk-cipher";
import { ByteSource } from "./age/byte-source.ts";
import {
  type ChunkCipher,
  chunkSize,
  payloadNonceSize,
  sealedChunkSize,
  tagSize,
  writeChunkNonce,
} from "./age/chunks.ts";
import { type RandomBytes, webRandomBytes, writeHeader } from "./age/file-key.ts";
import { fileKeySize, payloadKey } from "./age/key-schedule.ts";
import type { Recipient } from "./recipient.ts";

export interface SealParts {
  /** Default: Web Crypto's. */
  readonly randomBytes?: RandomBytes;
}

/** Chunks sealed for each piece that is given out: enough that streams cost little beside the cipher. */
const chunksPerPiece = 8;

/**
 * Seals `plaintext` under a fresh file key that only `recipients` can unwrap (age v1). Nothing is read before the first pull. The
 * stream fails with `SealingError` `recipients-missing`, `passphrase-not-alone` or `header-too-large`, and with what a recipient or
 * `plaintext` fails with.
 */
export function seal(
  plaintext: ReadableStream<Uint8Array>,
  recipients: readonly Recipient[],
  parts: SealParts = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { randomBytes = webRandomBytes } = parts;
  const fileKey = randomBytes(fileKeySize);
  return sealWith(fileKey, plaintext, recipients, { randomBytes });
}

/** As {@link seal}, with a file key that is used for nothing else; it is wiped once the header is written. */
export function sealWith(
  fileKey: Uint8Array,
  plaintext: ReadableStream<Uint8Array>,
  recipients: readonly Recipient[],
  { randomBytes }: Required<SealParts>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = new ByteSource(plaintext);
  let payload: PayloadSealer | null = null;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          if (payload) {
            controller.enqueue(await payload.next());
            if (payload.isDone) controller.close();
            return;
          }
          const nonce = randomBytes(payloadNonceSize);
          controller.enqueue(Uint8Array.from(await writeHeader(fileKey, recipients)));
          controller.enqueue(Uint8Array.from(nonce));
          payload = new PayloadSealer(source, createChunkCipher(await payloadKey(fileKey, nonce)));
          fileKey.fill(0);
        } catch (error) {
          fileKey.fill(0);
          await source.cancel(error).catch(() => "the first error is the one to tell");
          throw error;
        }
      },
      async cancel(reason) {
        fileKey.fill(0);
        await source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Cuts what `source` gives into chunks and seals them in order (age v1, "Payload"). */
class PayloadSealer {
  readonly #source: ByteSource;
  readonly #cipher: ChunkCipher;
  readonly #plaintext = new Uint8Array(chunksPerPiece * chunkSize);
  readonly #nonce = new Uint8Array(12);
  #index = 0;
  isDone = false;

  constructor(source: ByteSource, cipher: ChunkCipher) {
    this.#source = source;
    this.#cipher = cipher;
  }

  /** The next sealed chunks; the last of them is the last of the file where {@link isDone} is then true. */
  async next(): Promise<Uint8Array<ArrayBuffer>> {
    const filled = await this.#source.fill(this.#plaintext);
    this.isDone = await this.#source.isAtEnd();
    const chunks = Math.max(1, Math.ceil(filled / chunkSize));
    const sealed = new Uint8Array(filled + chunks * tagSize);
    for (let i = 0; i < chunks; i++) {
      const chunk = this.#plaintext.subarray(i * chunkSize, Math.min(filled, (i + 1) * chunkSize));
      writeChunkNonce(this.#nonce, this.#index++, this.isDone && i === chunks - 1);
      const start = i * sealedChunkSize;
      this.#cipher.seal(this.#nonce, chunk, sealed.subarray(start, start + chunk.length + tagSize));
    }
    return sealed;
  }
}
