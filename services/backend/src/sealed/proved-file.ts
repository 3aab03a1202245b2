// One file of a sealed model: whenever it is read, nothing of it counts before its digest is known to be what it must be.
import { createHash } from "node:crypto";
import type { RandomFile } from "@sealserve/engines";
import { equalBytes } from "@sealserve/primitives";
import type { OpenedSource } from "@sealserve/sealing";
import { type Look, PayloadThread, PieceTags, pieceSize } from "@sealserve/sealing/threads";

export interface ProvedFileParts {
  readonly source: OpenedSource;
  /** Throws where the digest of the whole content is not what it must be. */
  readonly accept: (sha256: Uint8Array) => void;
  /** What to throw for a file that is not what it was when it was proved. */
  readonly changed: () => Error;
}

/** From this size on (bytes) a thread is worth its start. */
const apartFrom = 8 * 1024 * 1024;

const never = new AbortController().signal;

export class ProvedFile {
  readonly #parts: ProvedFileParts;
  readonly #count: number;
  /** As it was accepted first. */
  #digest: Uint8Array | null = null;
  #tags: Promise<PieceTags> | null = null;

  constructor(parts: ProvedFileParts) {
    this.#parts = parts;
    this.#count = Math.ceil(parts.source.size / pieceSize);
  }

  async readWhole(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.#parts.source.size);
    await this.#read((piece, index) => bytes.set(piece, index * pieceSize), null, never);
    return bytes;
  }

  /** See `ModelFiles.stream`. */
  stream(take: (piece: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    return this.#read(take, null, signal);
  }

  /** For reading in any order, once it is proved: each piece is then known by its tag. */
  async random(): Promise<RandomFile> {
    const tags = await this.#tagged();
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

  /** What failed may be tried again. */
  #tagged(): Promise<PieceTags> {
    if (this.#tags) return this.#tags;
    const tags = new PieceTags(this.#parts.source.size);
    const tagged = this.#read(() => {}, tags, never).then(() => tags);
    this.#tags = tagged;
    tagged.catch(() => {
      this.#tags = null;
    });
    return tagged;
  }

  /** Reads all of it once, and resolves only if that is what it must be. */
  async #read(take: Look, tags: PieceTags | null, signal: AbortSignal): Promise<void> {
    const { accept, changed, source } = this.#parts;
    const hash = createHash("sha256");
    let seen = 0;
    const look: Look = (piece, index) => {
      hash.update(piece);
      take(piece, index);
      seen++;
    };
    if (source.size >= apartFrom) await this.#readApart(look, tags, signal);
    // What the thread could not open is opened here, which tells what is wrong with it.
    while (seen < this.#count) {
      signal.throwIfAborted();
      const piece = await this.#readPiece(seen);
      tags?.note(seen, piece);
      look(piece, seen);
    }
    signal.throwIfAborted();
    const digest = new Uint8Array(hash.digest());
    if (this.#digest && !equalBytes(this.#digest, digest)) throw changed();
    accept(digest);
    this.#digest = digest;
  }

  async #readApart(look: Look, tags: PieceTags | null, signal: AbortSignal): Promise<void> {
    const payload = this.#parts.source.payload();
    if (!payload) return;
    await using thread = new PayloadThread(payload, { look, tags });
    await thread.outcome(signal);
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
