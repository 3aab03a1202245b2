// Reads multipart/form-data (RFC 7578) as TorchServe does: only a part with a file name has a media type.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import type { Part } from "./multipart.ts";

/** Of one part; a longer head names no field. */
const maxHead = 16_384;
const lineEnd = utf8("\r\n");
const headEnd = utf8("\r\n\r\n");
const dash = 0x2d;

/** Null where the media type names no boundary. */
export function boundaryOf(mediaType: string): string | null {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(mediaType) ?? [];
  return quoted ?? plain ?? null;
}

/** The parts in their order, their bytes views of the body. Throws `malformed` where the form breaks off or has more than `limit` parts. */
export function readMultipart(body: Bytes, boundary: string, limit: number): readonly Part[] {
  const delimiter = utf8(`\r\n--${boundary}`);
  const parts: Part[] = [];
  // The first one may stand at the very beginning.
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : after(body, delimiter, 0);
  while (!isEnd(body, at)) {
    if (parts.length === limit) throw malformed(`a form has more than ${limit} fields`);
    const head = indexOf(body, lineEnd, at);
    if (head < 0) throw brokenOff();
    const end = indexOf(body.subarray(0, head + maxHead), headEnd, head);
    if (end < 0) throw brokenOff();
    const next = indexOf(body, delimiter, end + 2);
    if (next < 0) throw brokenOff();
    const from = end + headEnd.length;
    parts.push({ ...readHead(textOf(body.subarray(head + 2, end))), bytes: body.subarray(Math.min(from, next), next) });
    at = next + delimiter.length;
  }
  return parts;
}

function readHead(head: string): Omit<Part, "bytes"> {
  const lines = head.split("\r\n");
  const disposition = headerOf(lines, "content-disposition");
  const name = parameterOf(disposition, "name");
  if (name === null) throw malformed("a part of a form has no name");
  const isFile = /;\s*filename\*?=/i.test(disposition);
  return { name, mediaType: isFile ? headerOf(lines, "content-type") || "application/octet-stream" : null };
}

function headerOf(lines: readonly string[], name: string): string {
  const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line === undefined ? "" : line.slice(name.length + 1).trim();
}

/** In quotes a browser writes three characters as percent escapes (HTML, "multipart/form-data encoding algorithm"), others put a backslash before a quote. */
function parameterOf(disposition: string, name: string): string | null {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"((?:\\\\"|[^"])*)"|([^;\\s]+))`, "i").exec(disposition) ?? [];
  const written = quoted?.replace(/\\"/g, '"').replace(/%0A/gi, "\n").replace(/%0D/gi, "\r").replace(/%22/g, '"');
  return written ?? plain ?? null;
}

function isEnd(body: Bytes, at: number): boolean {
  return body[at] === dash && body[at + 1] === dash;
}

function after(body: Bytes, text: Bytes, from: number): number {
  const at = indexOf(body, text, from);
  if (at < 0) throw brokenOff();
  return at + text.length;
}

/** Carriage returns are rare enough that looking for each of them is in proportion to the bytes. */
function indexOf(bytes: Bytes, text: Bytes, from: number): number {
  const [first = 0] = text;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, text, at)) return at;
  }
  return -1;
}

function startsWith(bytes: Bytes, text: Bytes, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function brokenOff(): InferenceError {
  return malformed("Invalid HTTP message.");
}

function malformed(problem: string): InferenceError {
  return new InferenceError("malformed", { problem });
}
