// Whole HTTP messages as bytes (RFC 9292, known length): what is sealed is the message, not only its body.
import { type Bytes, concatBytes, strictTextOf, utf8 } from "@sealserve/primitives";
import type { HttpAnswer, HttpHeaders, HttpRequest } from "../http/message.ts";
import { BinaryCursor, malformed, writeNumber, writeString } from "./binary-cursor.ts";

/** Framing indicators of messages whose parts have their lengths before them. */
const [requestFrame, replyFrame] = [0, 1];
/** As a listener allows outside. */
const maxHeaderBytes = 16 * 1024;
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header may not hold.
const forbiddenInValue = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const originForm = /^\/[\u0021-\u007e]*$/;
/** Those of one connection, which a message between its two ends has no use for. */
const ofConnections = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"]);

/** In pieces: the body is not copied. There is no authority in it: the key that it is sealed to says whose it is. */
export function writeBinaryRequest({ method, path, query, headers, body }: HttpRequest): readonly Bytes[] {
  const control = [method, "https", "", query === "" ? path : `${path}?${query}`].map((text) =>
    writeString(utf8(text)),
  );
  return message([writeNumber(requestFrame), ...control], headers, [body]);
}

export function writeBinaryReply(status: number, headers: HttpHeaders, body: readonly Bytes[]): readonly Bytes[] {
  return message([writeNumber(replyFrame), writeNumber(status)], headers, body);
}

/** Its body is a view. Throws `malformed` before anything is kept that the bytes themselves do not hold. */
export function readBinaryRequest(bytes: Bytes): HttpRequest {
  const cursor = new BinaryCursor(bytes);
  if (cursor.number() !== requestFrame) throw malformed("it is no request of known length");
  const method = textOf(cursor.string());
  if (!/^[A-Z]{1,16}$/.test(method)) throw malformed("its method is none");
  // Scheme and authority say nothing to us: there is one server behind the key.
  cursor.string();
  cursor.string();
  const target = textOf(cursor.string());
  if (!originForm.test(target))
    throw malformed("its path does not begin with a slash, or has a character that a path has not");
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  return { method, path, query, headers: readHeaders(cursor), body: readBody(cursor) };
}

/** As {@link readBinaryRequest}. */
export function readBinaryReply(bytes: Bytes): HttpAnswer {
  const cursor = new BinaryCursor(bytes);
  if (cursor.number() !== replyFrame) throw malformed("it is no reply of known length");
  const status = cursor.number();
  if (status < 200 || status > 599) throw malformed("its status is none");
  return { status, headers: readHeaders(cursor), body: readBody(cursor) };
}

function message(control: readonly Bytes[], headers: HttpHeaders, body: readonly Bytes[]): readonly Bytes[] {
  const fields: Bytes[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || ofConnections.has(name) || name === "content-length") continue;
    fields.push(writeString(utf8(name)), writeString(utf8(value)));
  }
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  // No trailers: their section has the length 0.
  return [concatBytes([...control, writeString(concatBytes(fields)), writeNumber(length)]), ...body, writeNumber(0)];
}

/** Repeated ones are joined as a listener joins them. */
function readHeaders(cursor: BinaryCursor): HttpHeaders {
  const section = cursor.string();
  if (section.length > maxHeaderBytes) throw malformed(`its headers have more than ${maxHeaderBytes} bytes`);
  const fields = new BinaryCursor(section);
  const headers: Record<string, string> = Object.create(null);
  while (fields.remaining > 0) {
    const name = textOf(fields.string());
    const value = textOf(fields.string());
    if (!token.test(name) || ofConnections.has(name) || forbiddenInValue.test(value)) {
      throw malformed("a header has a name or a value that none has");
    }
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

/** Behind it may be nothing but empty trailers, and zeros, which hide how long it is. */
function readBody(cursor: BinaryCursor): Bytes {
  if (cursor.remaining === 0) return new Uint8Array(0);
  const body = cursor.string();
  if (cursor.remaining > 0 && cursor.number() !== 0) throw malformed("it has trailers");
  if (cursor.rest().some((byte) => byte !== 0)) throw malformed("something follows its end");
  return body;
}

function textOf(bytes: Bytes): string {
  try {
    return strictTextOf(bytes);
  } catch {
    throw malformed("a text in it is not UTF-8");
  }
}
