// Opens single chunks of a payload and says what is wrong with one that does not open.
import { createChunkCipher } from "#chunk-cipher";
import { SealingError } from "../sealing-error.ts";
import { type ChunkCipher, sealedChunkSize, tagSize, writeChunkNonce } from "./chunks.ts";

export class ChunkOpener {
  readonly #cipher: ChunkCipher;
  readonly #key: Uint8Array<ArrayBuffer>;
  /** Offset of the first chunk in the sealed file. */
  readonly #start: number;
  readonly #nonce = new Uint8Array(12);

  /** `key` may be wiped afterwards. */
  constructor(key: Uint8Array, start: number) {
    this.#cipher = createChunkCipher(key);
    this.#key = Uint8Array.from(key);
    this.#start = start;
  }

  /** The plaintext of chunk `index` (from 0). Throws `SealingError` `truncated`, `chunk-forged`, `chunk-empty`, `trailing-data`. */
  open(index: number, last: boolean, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
    const plaintext = this.#open(index, last, sealed);
    if (!plaintext) throw this.#fault(index, last, sealed);
    if (last && index > 0 && plaintext.length === 0) throw new SealingError("chunk-empty", { chunk: index + 1 });
    return plaintext;
  }

  /** A copy of the key, for whoever asks to wipe. */
  copyKey(): Uint8Array<ArrayBuffer> {
    return this.#key.slice();
  }

  /** Wipes the key: nothing may be opened afterwards. */
  wipe(): void {
    this.#cipher.wipe();
    this.#key.fill(0);
  }

  #open(index: number, last: boolean, sealed: Uint8Array): Uint8Array<ArrayBuffer> | null {
    writeChunkNonce(this.#nonce, index, last);
    return sealed.length < tagSize ? null : this.#cipher.open(this.#nonce, sealed);
  }

  /** A chunk that opens with the other mark was the last and is not, or the reverse. */
  #fault(index: number, last: boolean, sealed: Uint8Array): SealingError {
    const at = this.#start + index * sealedChunkSize + sealed.length;
    if (sealed.length < tagSize) return new SealingError("truncated", { at });
    if (this.#open(index, !last, sealed) === null) return new SealingError("chunk-forged", { chunk: index + 1, last });
    return last ? new SealingError("truncated", { at }) : new SealingError("trailing-data", { at });
  }
}
