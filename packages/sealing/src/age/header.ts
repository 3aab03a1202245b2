// The text header of an age file: strict parsing, and encoding back (age v1, "Header").
import { concatBytes, textOf, utf8 } from "@sealserve/primitives";
import type { Stanza } from "../recipient.ts";
import { SealingError } from "../sealing-error.ts";
import { fromBase64, toBase64 } from "./base64.ts";

export const versionLine = "age-encryption.org/v1";
/** Longest header read or written: room for about eighty post-quantum recipients. */
export const headerLimit = 131_072;
const bodyBytesPerLine = 48;
const macSize = 32;

export interface Header {
  readonly stanzas: readonly Stanza[];
  readonly mac: Uint8Array;
  /** The bytes that the code covers: up to and including the last `---`. */
  readonly covered: Uint8Array;
  /** Bytes of the whole header, its last line feed included. */
  readonly size: number;
}

/** Reads `bytes` that are a header and nothing else. Throws `SealingError` `version-unsupported` and `header-malformed`. */
export function parseHeader(bytes: Uint8Array): Header {
  const lines = toLines(bytes);
  if (lines[0] !== versionLine) throw new SealingError("version-unsupported", { found: lines[0] ?? "" });
  const last = lines.length - 1;
  const stanzas: Stanza[] = [];
  let at = 1;
  while (at < last) {
    const { stanza, next } = readStanza(lines, at);
    stanzas.push(stanza);
    at = next;
  }
  const macLine = lines[last] ?? "";
  if (at !== last || !macLine.startsWith("--- ")) throw malformed(last, "the line of the header's code must come last");
  if (stanzas.length === 0) throw malformed(1, "there is no stanza");
  if (stanzas.length > 1 && stanzas.some(({ args }) => args[0] === "scrypt")) {
    throw malformed(1, "a passphrase stands beside other stanzas");
  }
  const mac = fromBase64(macLine.slice(4));
  if (mac?.length !== macSize) throw malformed(last, "the code is not 32 bytes of canonical base64");
  return { stanzas, mac, covered: bytes.subarray(0, bytes.length - macLine.length + 2), size: bytes.length };
}

/** The bytes that the code covers. Throws `SealingError` `header-malformed` where an argument cannot be written. */
export function encodeCovered(stanzas: readonly Stanza[]): Uint8Array {
  const lines = stanzas.flatMap(({ args, body }) => {
    if (args.length === 0 || args.some((arg) => !isArgument(arg)))
      throw malformed(1, "a stanza's arguments are not printable");
    return [`-> ${args.join(" ")}`, ...toBodyLines(body)];
  });
  return utf8([versionLine, ...lines, "---"].join("\n"));
}

export function encodeHeader(covered: Uint8Array, mac: Uint8Array): Uint8Array {
  return concatBytes([covered, utf8(` ${toBase64(mac)}\n`)]);
}

function readStanza(lines: readonly string[], start: number): { stanza: Stanza; next: number } {
  const [arrow, ...args] = (lines[start] ?? "").split(" ");
  if (arrow !== "->") throw malformed(start, "a stanza begins with '->'");
  if (args.length === 0 || args.some((arg) => !isArgument(arg)))
    throw malformed(start, "an argument is missing or not printable");
  const parts: Uint8Array[] = [];
  for (let at = start + 1; at < lines.length; at++) {
    const part = fromBase64(lines[at] ?? "");
    if (!part || part.length > bodyBytesPerLine)
      throw malformed(at, "a stanza's body is not canonical base64 of 64 columns");
    parts.push(part);
    if (part.length < bodyBytesPerLine) return { stanza: { args, body: concatBytes(parts) }, next: at + 1 };
  }
  throw malformed(lines.length - 1, "a stanza's body does not end");
}

/** The last line of a body is always short, if need be empty. */
function toBodyLines(body: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at <= body.length; at += bodyBytesPerLine)
    lines.push(toBase64(body.subarray(at, at + bodyBytesPerLine)));
  return lines;
}

/** Lines without their line feeds; the header is printable ASCII and ends with a line feed. */
function toLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const [at, byte] of bytes.entries()) {
    if (byte === lineFeed) {
      lines.push(textOf(bytes.subarray(start, at)));
      start = at + 1;
    } else if (byte < 0x20 || byte > 0x7e) {
      throw malformed(lines.length, "a byte is not printable ASCII");
    }
  }
  return lines;
}

function isArgument(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function malformed(line: number, problem: string): SealingError<"header-malformed"> {
  return new SealingError("header-malformed", { line: line + 1, problem });
}

const lineFeed = 0x0a;
