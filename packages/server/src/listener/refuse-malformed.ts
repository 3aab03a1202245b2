// Answers what is not HTTP, is too long or comes too slowly: below the protocols, before there is a request to route.
import type { Duplex } from "node:stream";
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { HttpHeaders, Protocol } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";

const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Content Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** How long, in milliseconds, the client may take to read the answer. */
const lingerLimit = 1_000;

/**
 * For the server's `clientError`: the connection cannot be used any more, since nobody knows where its next request
 * would begin. Where a reply has begun (`streaming`), an answer would be taken for a part of it.
 */
export function refuseMalformed(
  error: Error & { readonly code?: string },
  socket: Duplex,
  { streaming, clock, protocol }: MalformedParts,
): void {
  if (streaming || error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = answers[error.code ?? ""];
  endWith(socket, status ?? "400 Bad Request", clock, status === undefined ? inWordsOf(protocol) : bare);
}

interface MalformedParts {
  readonly streaming: boolean;
  readonly clock: Clock;
  /** Who speaks for the listener; left out: nobody. */
  readonly protocol?: Protocol;
}

interface Words {
  readonly headers: HttpHeaders;
  readonly body: Bytes;
}

const bare: Words = { headers: {}, body: new Uint8Array() };

function inWordsOf(protocol: Protocol | undefined): Words {
  const reply = protocol?.malformed?.();
  if (!reply || Symbol.asyncIterator in reply.body) return bare;
  return { headers: { ...protocol?.replyHeaders?.(reply.status), ...reply.headers }, body: concatBytes(reply.body) };
}

/** Answers with a status, and nothing else unless it is given, and closes. */
export function endWith(socket: Duplex, status: string, clock: Clock, { headers, body }: Words = bare): void {
  const timer = clock.setTimer(lingerLimit, () => socket.destroy());
  socket.once("close", () => timer.cancel());
  socket.on("error", () => socket.destroy());
  const own = { ...headers, connection: "close", "content-length": String(body.length) };
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`);
  socket.end(body);
}
