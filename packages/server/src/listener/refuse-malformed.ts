// Answers what is not HTTP, is too long or comes too slowly: below the protocols, before there is a request to route.
import type { Duplex } from "node:stream";
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
  { streaming, clock }: { readonly streaming: boolean; readonly clock: Clock },
): void {
  if (streaming || error.code === "ECONNRESET" || !socket.writable) socket.destroy();
  else endWith(socket, answers[error.code ?? ""] ?? "400 Bad Request", clock);
}

/** Answers with a status and nothing else, and closes. */
export function endWith(socket: Duplex, status: string, clock: Clock): void {
  const timer = clock.setTimer(lingerLimit, () => socket.destroy());
  socket.once("close", () => timer.cancel());
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
