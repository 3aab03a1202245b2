// Remembers the pieces of a file without keeping them: a piece that is read again is the same, or is refused.
import { createCipheriv, randomFillSync, timingSafeEqual } from "node:crypto";

/** Bytes of every piece but the last: whole chunks, few enough to stay in a processor's cache. */
export const pieceSize = 262_144;

const keySize = 32;
const tagSize = 16;

/**
 * A tag of each piece: AES-256-GMAC under a key that only this object and its copies have. Whoever sealed a file could find two contents
 * with one tag of the seal, since they know its key; they do not know this one.
 */
export class PieceTags {
  /** Key and tags; another thread makes its copy of this object over the same memory. */
  readonly memory: SharedArrayBuffer;
  readonly #bytes: Uint8Array;

  /** `of`: bytes of the file, or the memory of another. */
  constructor(of: number | SharedArrayBuffer) {
    const isNew = typeof of === "number";
    this.memory = isNew ? new SharedArrayBuffer(keySize + Math.ceil(of / pieceSize) * tagSize) : of;
    this.#bytes = new Uint8Array(this.memory);
    if (isNew) randomFillSync(this.#bytes, 0, keySize);
  }

  note(index: number, piece: Uint8Array): void {
    this.#bytes.set(this.#tagOf(index, piece), keySize + index * tagSize);
  }

  isSame(index: number, piece: Uint8Array): boolean {
    const at = keySize + index * tagSize;
    return timingSafeEqual(this.#tagOf(index, piece), this.#bytes.subarray(at, at + tagSize));
  }

  #tagOf(index: number, piece: Uint8Array): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index);
    const mac = createCipheriv("aes-256-gcm", this.#bytes.subarray(0, keySize), nonce);
    mac.setAAD(piece);
    mac.final();
    return mac.getAuthTag();
  }
}
