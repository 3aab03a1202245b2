// Tells a client that speaks plain HTTP to a TLS listener what it did wrong.
import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

const answer = [
  "HTTP/1.1 400 Bad Request",
  "content-type: text/plain",
  "connection: close",
  "",
  "This listener only speaks HTTPS: use https:// instead of http://.\n",
].join("\r\n");

/**
 * For the server's `tlsClientError`. Node keeps the socket beneath a failed handshake as `_parent`; without it the client
 * only sees the end.
 */
export function answerPlaintext(error: Error & { readonly code?: string }, secured: TLSSocket): void {
  const socket: unknown = Reflect.get(secured, "_parent");
  if (error.code === "ERR_SSL_HTTP_REQUEST" && socket instanceof Socket) socket.end(answer);
}
