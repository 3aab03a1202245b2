// What can be known of a sealed file without a key.
import { ByteSource } from "./age/byte-source.ts";
import { chunkSize, openedSize } from "./age/chunks.ts";
import { versionLine } from "./age/header.ts";
import { readHeader } from "./age/read-header.ts";
import { type RandomSource, streamFrom } from "./random-source.ts";
import { isSealingError } from "./sealing-error.ts";

export interface SealedFileFacts {
  readonly format: string;
  /** Types of the stanzas, in order: `X25519`, `mlkem768x25519`, `scrypt`, … */
  readonly recipientTypes: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly headerSize: number;
  /** Bytes of plaintext, or null where no sealed file has this size: it was cut, or something was added. */
  readonly plaintextSize: number | null;
  readonly chunks: number | null;
}

/**
 * Reads the header and judges the size; what is inside, and whether it was changed, only a key can tell. Throws `SealingError` for
 * a broken header, as `open` does.
 */
export async function inspectSealed(source: RandomSource): Promise<SealedFileFacts> {
  const front = new ByteSource(streamFrom(source));
  const { stanzas, size: headerSize } = await readHeader(front);
  await front.cancel();
  const plaintextSize = possibleSize(source.size, headerSize);
  return {
    format: versionLine,
    recipientTypes: stanzas.map(({ args }) => args[0] ?? ""),
    size: source.size,
    headerSize,
    plaintextSize,
    chunks: plaintextSize === null ? null : Math.max(1, Math.ceil(plaintextSize / chunkSize)),
  };
}

function possibleSize(size: number, headerSize: number): number | null {
  try {
    return openedSize(size, headerSize);
  } catch (error) {
    if (isSealingError(error)) return null;
    throw error;
  }
}
