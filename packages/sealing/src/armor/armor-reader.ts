// Reads ASCII armor piece by piece and strictly: blanks around it are all that is forgiven (age v1, "ASCII armor").
import { equalBytes, textOf } from "@sealserve/primitives";
import { SealingError } from "../sealing-error.ts";
import { decodeBase64, rowBytes, rowColumns } from "./base64-rows.ts";
import { beginMarker, carriageReturn, endMarker, hyphen, isBlank, lineFeed } from "./markers.ts";

/** Blanks before and behind, together. */
const blankLimit = 1024;
/** The longest line: a row with CR and LF. */
const lineLimit = rowColumns + 2;

export class ArmorReader {
  #stage: "before" | "rows" | "behind" = "before";
  /** The begin of a line whose end did not come yet. */
  #rest = new Uint8Array(0);
  /** Where it and the next piece are joined. */
  #joined = new Uint8Array(0);
  #line = 1;
  #blanks = 0;
  #hasRows = false;
  #hasShortRow = false;

  /** Bytes that a piece of `length` bytes decodes to at most. */
  static most(length: number): number {
    return Math.ceil((length + lineLimit) / 4) * 3;
  }

  /**
   * Takes `piece`; writes what it says to `into` and returns how many bytes that is. Throws `SealingError` `armor-malformed`, and
   * `version-unsupported` where it is no armor at all.
   */
  add(piece: Uint8Array, into: Uint8Array): number {
    const bytes = this.#rest.length === 0 ? piece : this.#join(piece);
    let [at, written] = [0, 0];
    if (this.#stage === "before") at = this.#readBegin(bytes);
    if (this.#stage === "rows") [at, written] = this.#readRows(bytes, at, into);
    if (this.#stage === "behind") {
      at = this.#skipBlanks(bytes, at);
      if (at < bytes.length) throw this.#malformed("something follows its end");
    }
    this.#rest = bytes.slice(at);
    return written;
  }

  /** Throws `SealingError` `truncated` where the armor did not end, or did not begin, `version-unsupported`. `at`: how many bytes came. */
  end(at: number): void {
    if (this.#stage === "before") throw notArmor(this.#rest);
    if (this.#stage === "rows") throw new SealingError("truncated", { at });
  }

  #join(piece: Uint8Array): Uint8Array {
    const length = this.#rest.length + piece.length;
    if (this.#joined.length < length) this.#joined = new Uint8Array(lineLimit + piece.length);
    this.#joined.set(this.#rest);
    this.#joined.set(piece, this.#rest.length);
    return this.#joined.subarray(0, length);
  }

  #readBegin(bytes: Uint8Array): number {
    const at = this.#skipBlanks(bytes, 0);
    const line = lineAt(bytes, at);
    if (line === null) {
      if (bytes.length - at > lineLimit) throw notArmor(bytes.subarray(at));
      return at;
    }
    if (!equalBytes(line.text, beginMarker)) throw notArmor(line.text);
    this.#stage = "rows";
    this.#line++;
    return line.next;
  }

  /** Returns how far it read, and how many bytes it wrote. */
  #readRows(bytes: Uint8Array, start: number, into: Uint8Array): [number, number] {
    let [at, written] = [start, 0];
    for (;;) {
      if (bytes[at] === hyphen) {
        if (bytes.length - at < endMarker.length) return [at, written];
        return [this.#readEnd(bytes, at), written];
      }
      const line = lineAt(bytes, at);
      if (line === null) {
        if (bytes.length - at > lineLimit) throw this.#malformed(tooLong);
        return [at, written];
      }
      written = this.#readRow(line.text, into, written);
      at = line.next;
      this.#line++;
    }
  }

  #readRow(row: Uint8Array, into: Uint8Array, at: number): number {
    if (this.#hasShortRow) throw this.#malformed("the line before it is short, but not the last");
    if (row.length === 0) throw this.#malformed("it is empty");
    if (row.length > rowColumns) throw this.#malformed(tooLong);
    const end = decodeBase64(row, into, at);
    if (end === null) throw this.#malformed("it is not canonical base64");
    this.#hasRows = true;
    this.#hasShortRow = end - at < rowBytes;
    return end;
  }

  /** The last line needs no line feed. */
  #readEnd(bytes: Uint8Array, at: number): number {
    const end = at + endMarker.length;
    if (!equalBytes(bytes.subarray(at, end), endMarker)) throw this.#malformed("it is neither base64 nor the end");
    if (!this.#hasRows) throw this.#malformed("there is nothing before the end");
    this.#stage = "behind";
    return end;
  }

  #skipBlanks(bytes: Uint8Array, start: number): number {
    let at = start;
    for (; at < bytes.length && isBlank(bytes[at] ?? 0); at++) {
      if (bytes[at] === lineFeed) this.#line++;
      if (++this.#blanks > blankLimit) throw this.#malformed(`more than ${blankLimit} blanks stand around the armor`);
    }
    return at;
  }

  #malformed(problem: string): SealingError<"armor-malformed"> {
    return new SealingError("armor-malformed", { line: this.#line, problem });
  }
}

const tooLong = `it is longer than ${rowColumns} columns`;

/** The line at `at` without LF or CRLF, and where the next begins; null where no line ends. */
function lineAt(bytes: Uint8Array, at: number): { readonly text: Uint8Array; readonly next: number } | null {
  const end = bytes.indexOf(lineFeed, at);
  if (end < 0) return null;
  const hasReturn = end > at && bytes[end - 1] === carriageReturn;
  return { text: bytes.subarray(at, hasReturn ? end - 1 : end), next: end + 1 };
}

function notArmor(line: Uint8Array): SealingError<"version-unsupported"> {
  return new SealingError("version-unsupported", { found: textOf(line.subarray(0, beginMarker.length)) });
}
