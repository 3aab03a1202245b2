// Writes a reply to a socket: whole where its size is known, else piece by piece as the client takes it.
import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { HttpReply } from "@sealserve/protocols";

/** How the listener alone decides to send a reply. */
export interface ReplyManner {
  /** The reply to HEAD: all but the body. */
  readonly headOnly: boolean;
  /** No further request will be read from this connection. */
  readonly close: boolean;
  /** Send all of a reply of known size, but leave ending it to the caller. */
  readonly hold: boolean;
}

/** Up to this many bytes, copying chunks together and behind the headers is cheaper than handing them to the kernel one by one. */
const smallBody = 4096;

/**
 * Returns null when all has been handed to the socket, or a promise for a body that comes piece by piece. Throws if the
 * status or a header cannot be sent, and then nothing has been. The promise rejects if the body fails midway: the
 * connection is destroyed, so that the client cannot take the part for the whole.
 */
export function writeReply(response: ServerResponse, reply: HttpReply, manner: ReplyManner): Promise<void> | null {
  const { body } = reply;
  if (!(Symbol.asyncIterator in body)) {
    let length = 0;
    for (const chunk of body) length += chunk.length;
    writeHead(response, reply, manner, length);
    if (manner.hold) {
      response.flushHeaders();
      for (const chunk of body) response.write(chunk);
    } else if (manner.headOnly) response.end();
    else if (length <= smallBody) response.end(asLatin1(body), "latin1");
    else if (body.length === 1) response.end(body[0]);
    else {
      response.cork();
      for (const chunk of body) response.write(chunk);
      response.end();
      response.uncork();
    }
    return null;
  }
  writeHead(response, reply, manner, null);
  if (!manner.headOnly) return writeStream(response, body);
  response.end();
  // Nobody will read it: whatever makes it is given up.
  void body[Symbol.asyncIterator]().return?.();
  return null;
}

/** Node puts text, but not bytes, behind the headers into one write; each byte is one character of Latin-1. */
function asLatin1(chunks: readonly Bytes[]): string {
  const { buffer, byteOffset, length } = concatBytes(chunks);
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}

function writeHead(response: ServerResponse, reply: HttpReply, manner: ReplyManner, length: number | null): void {
  const { status, reason, headers } = reply;
  if (status < 200 || status > 999) throw new RangeError(`a reply cannot have status ${status}`);
  const lines: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === "content-length" || name === "transfer-encoding") continue;
    if (name === "connection" && manner.close) continue;
    lines.push(name, value);
  }
  if (length !== null && status !== 204 && status !== 304) lines.push("content-length", String(length));
  if (manner.close) lines.push("connection", "close");
  if (reason === undefined) response.writeHead(status, lines);
  else response.writeHead(status, reason, lines);
}

async function writeStream(response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drainedOrGone(response);
    }
    response.end();
  } catch (error) {
    // What was written in this turn still lies in this process.
    await setImmediate();
    response.destroy();
    throw error;
  }
}

function drainedOrGone(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}
