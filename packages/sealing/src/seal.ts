// Seals a stream: an age file comes out, in constant memory.
import { createChunkCipher } from "#chunk-cipher";
import { ByteSource } from "./age/byte-source.ts";
import { type ChunkCipher, chunkSize, payloadNonceSize, writeChunkNonce } from "./age/chunks.ts";
import { type RandomBytes, webRandomBytes, writeHeader } from "./age/file-key.ts";
import { fileKeySize, payloadKey } from "./age/key-schedule.ts";
import type { Recipient } from "./recipient.ts";

export interface SealParts {
  /** Default: Web Crypto's. */
  readonly randomBytes?: RandomBytes;
}

/**
 * Seals `plaintext` under a fresh file key that only `recipients` can unwrap (age v1). Nothing is read before the first pull, and at
 * most the last two pieces read are looked at again: `plaintext` may give two buffers by turns. Each piece that comes out is in a
 * buffer of its own, which is the reader's: freed after use (`piece.buffer.transfer(0)`), it need not wait for a collector. The
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
            for (const piece of await payload.next()) controller.enqueue(piece);
            if (payload.isDone) {
              payload.wipe();
              controller.close();
            }
            return;
          }
          const nonce = randomBytes(payloadNonceSize);
          controller.enqueue(Uint8Array.from(await writeHeader(fileKey, recipients)));
          controller.enqueue(Uint8Array.from(nonce));
          const key = await payloadKey(fileKey, nonce);
          fileKey.fill(0);
          payload = new PayloadSealer(source, createChunkCipher(key));
          key.fill(0);
        } catch (error) {
          fileKey.fill(0);
          payload?.wipe();
          await source.cancel(error).catch(() => "the first error is the one to tell");
          throw error;
        }
      },
      async cancel(reason) {
        fileKey.fill(0);
        payload?.wipe();
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
  readonly #nonce = new Uint8Array(12);
  #index = 0;
  isDone = false;

  constructor(source: ByteSource, cipher: ChunkCipher) {
    this.#source = source;
    this.#cipher = cipher;
  }

  /** The next sealed chunk, in pieces; it is the last of the file where {@link isDone} is then true. */
  async next(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    const plaintext = await this.#source.take(chunkSize);
    this.isDone = await this.#source.isAtEnd();
    writeChunkNonce(this.#nonce, this.#index++, this.isDone);
    return this.#cipher.seal(this.#nonce, plaintext);
  }

  wipe(): void {
    this.#cipher.wipe();
  }
}
