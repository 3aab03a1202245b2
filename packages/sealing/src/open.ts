// Opens a sealed stream: every chunk is proved before any of its plaintext is given out.
import { ByteSource } from "./age/byte-source.ts";
import { ChunkOpener } from "./age/chunk-opener.ts";
import { payloadNonceSize, sealedChunkSize } from "./age/chunks.ts";
import { openHeader } from "./age/file-key.ts";
import { payloadKey } from "./age/key-schedule.ts";
import { readHeader } from "./age/read-header.ts";
import { binaryOf } from "./armor/dearmor.ts";
import type { Identity } from "./recipient.ts";
import { SealingError } from "./sealing-error.ts";

/** Looks at a file key before it is used; throws where the file is not the one that is wanted. */
export type AcceptFileKey = (fileKey: Uint8Array) => Promise<void>;

/**
 * Opens an age v1 file, binary or in ASCII armor, in constant memory. Nothing is read before the first pull; the buffers of `sealed`
 * and of what comes out are as those of `seal`. The stream fails with `SealingError`: of the armor `armor-malformed`; of the header
 * `version-unsupported`, `header-malformed`, `header-too-large`, `identities-missing`, `no-identity-matched`, `stanza-malformed`,
 * `work-factor`, `mac-mismatch`; of the payload `truncated`, `chunk-forged`, `chunk-empty`, `trailing-data`; and with what an identity
 * or `sealed` fails with. Offsets in these errors are those of the binary form.
 */
export function open(
  sealed: ReadableStream<Uint8Array>,
  identities: readonly Identity[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = new ByteSource(sealed);
  let payload: PayloadOpener | null = null;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          payload ??= await startOpening(await binaryOf(source), identities);
          const plaintext = await payload.next();
          if (plaintext.length > 0) controller.enqueue(plaintext);
          if (payload.isDone) {
            payload.wipe();
            controller.close();
          }
        } catch (error) {
          payload?.wipe();
          await source.cancel(error).catch(() => "the first error is the one to tell");
          throw error;
        }
      },
      cancel(reason) {
        payload?.wipe();
        return source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

async function startOpening(source: ByteSource, identities: readonly Identity[]): Promise<PayloadOpener> {
  const { chunks } = await openFront(source, identities, async () => {});
  return new PayloadOpener(source, chunks);
}

/** What stands before the chunks: the header and the nonce, read, proved, and turned into the payload's key. */
export async function openFront(
  source: ByteSource,
  identities: readonly Identity[],
  accept: AcceptFileKey,
): Promise<{ readonly headerSize: number; readonly chunks: ChunkOpener }> {
  const header = await readHeader(source);
  const fileKey = await openHeader(header, identities);
  try {
    await accept(fileKey);
    const nonce = await source.take(payloadNonceSize);
    if (nonce.length < payloadNonceSize) throw new SealingError("truncated", { at: source.at });
    const key = await payloadKey(fileKey, nonce);
    const chunks = new ChunkOpener(key, source.at);
    key.fill(0);
    return { headerSize: header.size, chunks };
  } finally {
    fileKey.fill(0);
  }
}

class PayloadOpener {
  readonly #source: ByteSource;
  readonly #chunks: ChunkOpener;
  #index = 0;
  isDone = false;

  constructor(source: ByteSource, chunks: ChunkOpener) {
    this.#source = source;
    this.#chunks = chunks;
  }

  /** The plaintext of the next chunk, empty only for an empty file. */
  async next(): Promise<Uint8Array<ArrayBuffer>> {
    const sealed = await this.#source.take(sealedChunkSize);
    this.isDone = await this.#source.isAtEnd();
    return this.#chunks.open(this.#index++, this.isDone, sealed);
  }

  wipe(): void {
    this.#chunks.wipe();
  }
}
