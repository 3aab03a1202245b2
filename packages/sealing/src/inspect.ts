// What can be known of a sealed file without a key.
import { ByteSource } from "./age/byte-source.ts";
import { chunkSize, openedSize } from "./age/chunks.ts";
import { versionLine } from "./age/header.ts";
import { readHeader } from "./age/read-header.ts";
import { binaryOf } from "./armor/dearmor.ts";
import { type RandomSource, streamFrom } from "./random-source.ts";
import { isSealingError } from "./sealing-error.ts";

export interface SealedFileFacts {
  readonly format: string;
  /** In ASCII armor. */
  readonly armored: boolean;
  /** Types of the stanzas, in order: `X25519`, `mlkem768x25519`, `scrypt`, … */
  readonly recipientTypes: readonly string[];
  /** Bytes, of the armor where there is one. */
  readonly size: number;
  /** Bytes in binary. */
  readonly headerSize: number;
  /** Bytes of plaintext, or null where no sealed file has this size: it was cut, or something was added. */
  readonly plaintextSize: number | null;
  readonly chunks: number | null;
}

/**
 * Reads the header and judges the size, for which armor is read to its end; what is inside, and whether it was changed, only a key
 * can tell. Throws `SealingError` for a broken header or armor, as `open` does.
 */
export async function inspectSealed(source: RandomSource): Promise<SealedFileFacts> {
  const front = new ByteSource(streamFrom(source));
  const binary = await binaryOf(front);
  const isArmored = binary !== front;
  const { stanzas, size: headerSize } = await readHeader(binary);
  const plaintextSize = await judged(async () =>
    openedSize(isArmored ? await sizeOf(binary) : source.size, headerSize),
  );
  await front.cancel();
  return {
    format: versionLine,
    recipientTypes: stanzas.map(({ args }) => args[0] ?? ""),
    armored: isArmored,
    size: source.size,
    headerSize,
    plaintextSize,
    chunks: plaintextSize === null ? null : Math.max(1, Math.ceil(plaintextSize / chunkSize)),
  };
}

/** Bytes up to the end, those that were read included. */
async function sizeOf(binary: ByteSource): Promise<number> {
  for (;;) {
    const { length } = await binary.peek(Number.MAX_SAFE_INTEGER);
    if (length === 0) return binary.at;
    binary.skip(length);
  }
}

/** Null for a file that was cut. */
async function judged(size: () => Promise<number>): Promise<number | null> {
  try {
    return await size();
  } catch (error) {
    if (isSealingError(error) && error.code === "truncated") return null;
    throw error;
  }
}
