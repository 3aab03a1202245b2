// How age cuts a payload into chunks: sizes, nonces, and the cipher of one chunk (age v1, "Payload").
import { SealingError } from "../sealing-error.ts";

/** Plaintext bytes of every chunk but the last. */
export const chunkSize = 65_536;
/** Bytes of Poly1305's tag behind each chunk. */
export const tagSize = 16;
export const sealedChunkSize: number = chunkSize + tagSize;
/** Random bytes before the first chunk; the payload key depends on them. */
export const payloadNonceSize = 16;

/** ChaCha20-Poly1305 (RFC 8439) with one key. Inputs are left as they are; results are in buffers of their own. */
export interface ChunkCipher {
  /** Ciphertext and tag, in order, in one piece or two: joining them would be a copy that most readers do not need. */
  seal(nonce: Uint8Array, plaintext: Uint8Array): readonly Uint8Array<ArrayBuffer>[];
  /** The plaintext, or null where the tag does not fit. `sealed` has 16 bytes at least. */
  open(nonce: Uint8Array, sealed: Uint8Array): Uint8Array<ArrayBuffer> | null;
  /** Wipes its copy of the key: nothing may be asked of it afterwards. */
  wipe(): void;
}

/** Makes a cipher of a 32-byte key; the key may be wiped once it returns. */
export type CreateChunkCipher = (key: Uint8Array) => ChunkCipher;

/** Writes the nonce of chunk `index` (from 0): an 11-byte big-endian counter and a byte that marks the last chunk. */
export function writeChunkNonce(nonce: Uint8Array, index: number, last: boolean): void {
  let rest = index;
  for (let at = 10; at >= 0; at--) {
    nonce[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  nonce[11] = last ? 1 : 0;
}

/** Bytes of a whole sealed file of `plaintextSize` bytes behind a header of `headerSize` bytes. */
export function sealedSize(plaintextSize: number, headerSize: number): number {
  const chunks = Math.max(1, Math.ceil(plaintextSize / chunkSize));
  return headerSize + payloadNonceSize + plaintextSize + chunks * tagSize;
}

/**
 * Bytes that a sealed file of `size` bytes behind a header of `headerSize` bytes opens to. Throws `SealingError` `truncated` where
 * no sealed file has that size.
 */
export function openedSize(size: number, headerSize: number): number {
  const chunks = size - headerSize - payloadNonceSize;
  const rest = chunks % sealedChunkSize;
  const whole = Math.floor(chunks / sealedChunkSize);
  const isPossible = chunks >= tagSize && (rest === 0 || rest > tagSize || chunks === tagSize);
  if (!isPossible) throw new SealingError("truncated", { at: size });
  return whole * chunkSize + Math.max(0, rest - tagSize);
}
