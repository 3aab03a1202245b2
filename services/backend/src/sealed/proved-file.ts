// One file of a sealed model: proved whole by its digest before anything of it is given out, and the same whenever it is read again.
import { createHash } from "node:crypto";
import type { RandomFile } from "@sealserve/engines";
import type { OpenedSource } from "@sealserve/sealing";
import { PayloadThread, PieceTags, type Poured, pieceSize } from "@sealserve/sealing/threads";

export interface ProvedFileParts {
  readonly source: OpenedSource;
  /** Throws where the digest of the whole content is not what it must be. */
  readonly accept: (sha256: Uint8Array) => void;
  /** What to throw for a file that is not what it was when it was proved. */
  readonly changed: () => Error;
}

/** Sees each piece of the file in its order, for the time of the call. */
type Look = (index: number, piece: Uint8Array) => void;

interface Proving {
  readonly thread: PayloadThread | null;
  readonly look: Look;
  readonly signal: AbortSignal;
}

/** From this size on (bytes) a thread is worth its start. */
const apartFrom = 8 * 1024 * 1024;

export class ProvedFile {
  readonly #parts: ProvedFileParts;
  readonly #count: number;
  #proof: Promise<PieceTags> | null = null;

  constructor(parts: ProvedFileParts) {
    this.#parts = parts;
    this.#count = Math.ceil(parts.source.size / pieceSize);
  }

  /** Whether {@link pour} is better than {@link readWhole}. */
  get isLarge(): boolean {
    return this.#parts.source.size >= apartFrom;
  }

  async readWhole(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.#parts.source.size);
    const put: Look = (index, piece) => bytes.set(piece, index * pieceSize);
    const proof = this.#proof;
    if (!proof) {
      await this.#proved(put);
      return bytes;
    }
    const tags = await proof;
    for (let index = 0; index < this.#count; index++) put(index, await this.#readAgain(tags, index));
    return bytes;
  }

  /** For reading in any order, once it is proved. */
  async random(): Promise<RandomFile> {
    const tags = await this.#proved(() => {});
    const { size } = this.#parts.source;
    let kept: { readonly index: number; readonly piece: Promise<Uint8Array> } | null = null;
    const pieceAt = (index: number): Promise<Uint8Array> => {
      if (kept?.index !== index) kept = { index, piece: this.#readAgain(tags, index) };
      return kept.piece;
    };
    return {
      size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const at = offset + done;
          const piece = await pieceAt(Math.floor(at / pieceSize));
          const part = piece.subarray(at % pieceSize, (at % pieceSize) + length - done);
          bytes.set(part, done);
          done += part.length;
        }
        return bytes;
      },
    };
  }

  /** See `ModelFiles.pour`. */
  async pour(into: () => Promise<number | null>, signal: AbortSignal): Promise<boolean> {
    const before = this.#proof;
    const tags = before ? await before : new PieceTags(this.#parts.source.size);
    await using thread = this.#thread(tags);
    if (!thread) throw new TypeError("only a file of this process can be poured");
    if (!before) await this.#remember(this.#prove(tags, { thread, look: () => {}, signal }));
    const pipe = await into();
    const outcome = pipe === null ? "stopped" : await thread.pour(pipe, signal);
    if (outcome === "changed" || outcome === "damaged") throw this.#parts.changed();
    return outcome === "whole";
  }

  async #proved(look: Look): Promise<PieceTags> {
    if (this.#proof) return this.#proof;
    return this.#remember(this.#proveAlone(look));
  }

  /** What failed may be tried again. */
  #remember(proof: Promise<PieceTags>): Promise<PieceTags> {
    this.#proof = proof;
    proof.catch(() => {
      this.#proof = null;
    });
    return proof;
  }

  async #proveAlone(look: Look): Promise<PieceTags> {
    const tags = new PieceTags(this.#parts.source.size);
    await using thread = this.isLarge ? this.#thread(tags) : null;
    return await this.#prove(tags, { thread, look, signal: new AbortController().signal });
  }

  /** Reads all of it once. What the thread cannot open is opened here, which tells what is wrong with it. */
  async #prove(tags: PieceTags, { thread, look, signal }: Proving): Promise<PieceTags> {
    let hash = createHash("sha256");
    const see: Look = (index, piece) => {
      hash.update(piece);
      look(index, piece);
    };
    const outcome: Poured = thread ? await thread.prove(see, signal) : "lost";
    signal.throwIfAborted();
    if (outcome !== "whole") {
      hash = createHash("sha256");
      for (let index = 0; index < this.#count; index++) {
        const piece = await this.#readPiece(index);
        tags.note(index, piece);
        see(index, piece);
      }
    }
    this.#parts.accept(new Uint8Array(hash.digest()));
    return tags;
  }

  #thread(tags: PieceTags): PayloadThread | null {
    const payload = this.#parts.source.payload();
    return payload && new PayloadThread(payload, tags);
  }

  async #readAgain(tags: PieceTags, index: number): Promise<Uint8Array> {
    const piece = await this.#readPiece(index);
    if (!tags.isSame(index, piece)) throw this.#parts.changed();
    return piece;
  }

  #readPiece(index: number): Promise<Uint8Array> {
    const { source } = this.#parts;
    const at = index * pieceSize;
    return source.read(at, Math.min(pieceSize, source.size - at));
  }
}
