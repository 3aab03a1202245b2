// Opens single chunks of a payload and says what is wrong with one that does not open.
import { createChunkCipher } from "#chunk-cipher";
import { SealingError } from "../sealing-error.ts";
import { type ChunkCipher, sealedChunkSize, tagSize, writeChunkNonce } from "./chunks.ts";

export class ChunkOpener {
  readonly #cipher: ChunkCipher;
  /** Offset of the first chunk in the sealed file. */
  readonly #start: number;
  readonly #nonce = new Uint8Array(12);

  /** `key` may be wiped afterwards. */
  constructor(key: Uint8Array, start: number) {
    this.#cipher = createChunkCipher(key);
    this.#start = start;
  }

  /**
   * Opens chunk `index` (from 0) into `into`, which is 16 bytes shorter; writes nothing where it throws. Throws `SealingError`
   * `truncated`, `chunk-forged`, `chunk-empty`, `trailing-data`.
   */
  open(index: number, last: boolean, sealed: Uint8Array, into: Uint8Array): void {
    if (!this.#opens(index, last, sealed, into)) throw this.#fault(index, last, sealed);
    if (last && index > 0 && into.length === 0) throw new SealingError("chunk-empty", { chunk: index + 1 });
  }

  #opens(index: number, last: boolean, sealed: Uint8Array, into: Uint8Array): boolean {
    writeChunkNonce(this.#nonce, index, last);
    return sealed.length >= tagSize && this.#cipher.open(this.#nonce, sealed, into);
  }

  /** A chunk that opens with the other mark was the last and is not, or the reverse. */
  #fault(index: number, last: boolean, sealed: Uint8Array): SealingError {
    const end = this.#start + index * sealedChunkSize + sealed.length;
    if (sealed.length < tagSize) return new SealingError("truncated", { at: end });
    const scratch = new Uint8Array(sealed.length - tagSize);
    const wrongMark = this.#opens(index, !last, sealed, scratch);
    scratch.fill(0);
    if (!wrongMark) return new SealingError("chunk-forged", { chunk: index + 1, last });
    return last ? new SealingError("truncated", { at: end }) : new SealingError("trailing-data", { at: end });
  }
}
