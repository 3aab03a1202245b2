// Takes the header off the front of a stream, without reading past it and never more than a header may have.
import { equalBytes, textOf, utf8 } from "@sealserve/primitives";
import { SealingError } from "../sealing-error.ts";
import type { ByteSource } from "./byte-source.ts";
import { type Header, headerLimit, parseHeader, versionLine } from "./header.ts";

/**
 * Leaves `source` at the first byte behind the header. Throws `SealingError` `version-unsupported`, `armor-unsupported`,
 * `header-malformed`, `header-too-large`, `truncated`.
 */
export async function readHeader(source: ByteSource): Promise<Header> {
  const collected = new CollectedHeader();
  for (;;) {
    const piece = await source.peek(headerLimit);
    const taken = collected.add(piece);
    source.skip(taken);
    if (collected.isWhole) return parseHeader(collected.bytes);
    if (piece.length === 0) throw collected.cut();
  }
}

const firstLine = utf8(`${versionLine}\n`);
const lineFeed = 0x0a;
const hyphen = 0x2d;

/** Bytes of a header that come in pieces; each byte is looked at once, however small the pieces are. */
class CollectedHeader {
  #buffer: Uint8Array = new Uint8Array(1024);
  #length = 0;
  #lineStart = 0;
  isWhole = false;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes bytes up to the end of the header; returns how many. */
  add(piece: Uint8Array): number {
    for (const [i, byte] of piece.entries()) {
      this.#append(byte);
      if (byte !== lineFeed) continue;
      this.isWhole = this.#buffer[this.#lineStart] === hyphen && this.#buffer[this.#lineStart + 1] === hyphen;
      if (this.isWhole) return i + 1;
      this.#lineStart = this.#length;
    }
    return piece.length;
  }

  /** Why a stream that ends here is no sealed file. */
  cut(): SealingError<"truncated"> {
    if (this.#length < firstLine.length) this.#refuseOtherVersions();
    return new SealingError("truncated", { at: this.#length });
  }

  #append(byte: number): void {
    if (this.#length === headerLimit) throw new SealingError("header-too-large", { limit: headerLimit });
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer[this.#length++] = byte;
    if (this.#length === firstLine.length) this.#refuseOtherVersions();
  }

  #refuseOtherVersions(): void {
    if (!equalBytes(this.bytes, firstLine.subarray(0, this.#length))) {
      const found = textOf(this.bytes);
      if (found.trimStart().startsWith("-----BEGIN AGE")) throw new SealingError("armor-unsupported", {});
      throw new SealingError("version-unsupported", { found });
    }
  }
}
