// One request of a client, whether it came over HTTP/1.1 or HTTP/2: its head, its body, and a reply to be written.
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { constants, type IncomingHttpHeaders as Http2Headers, type ServerHttp2Stream } from "node:http2";
import type { Readable, Writable } from "node:stream";
import type { TlsChannel } from "@sealserve/protocols";
import { withoutConnection } from "./passed-headers.ts";

export interface ClientCall {
  readonly method: string;
  /** As it was sent: path and query, percent-encoded. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** The host that the client meant. */
  readonly authority: string;
  /** The network address at the other end. */
  readonly peer: string;
  readonly channel: TlsChannel | null;
  /** Whether a body comes, be it an empty one. */
  readonly hasBody: boolean;
  readonly body: Readable;
  readonly reply: Writable;
  /** Whether the head of the reply was sent. */
  readonly begun: boolean;
  /** Whether the reply was sent to its end. */
  readonly finished: boolean;
  /** The stream, where it is HTTP/2's. */
  readonly stream: ServerHttp2Stream | null;
  /** A client that waits for leave to send its body gets it. */
  proceed(): void;
  begin(status: number, headers: OutgoingHttpHeaders): void;
  /** Before the reply ends. */
  trailers(headers: IncomingHttpHeaders): void;
  /** Ends a reply that cannot be whole, so that nobody takes its part for all of it. */
  abort(): void;
}

export interface CallParts {
  readonly channel: TlsChannel | null;
  readonly peer: string;
}

export interface Http1Options {
  /** The client waits for leave (100 Continue) before it sends its body. */
  readonly waits: boolean;
  /** Whether this reply is to be the last of its connection. */
  readonly last: () => boolean;
}

export function http1Call(
  message: IncomingMessage,
  response: ServerResponse,
  { waits, last }: Http1Options,
  { channel, peer }: CallParts,
): ClientCall {
  const { headers } = message;
  return {
    method: message.method ?? "GET",
    target: originForm(message.url ?? "/"),
    headers,
    authority: headers.host ?? "",
    ...{ peer, channel },
    hasBody: headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0,
    body: message,
    reply: response,
    get begun() {
      return response.headersSent;
    },
    get finished() {
      return response.writableFinished;
    },
    stream: null,
    proceed() {
      if (waits) response.writeContinue();
    },
    begin: (status, given) => response.writeHead(status, last() ? { ...given, connection: "close" } : given),
    trailers: (given) => response.addTrailers(withoutConnection(given)),
    abort: () => message.socket.destroy(),
  };
}

export function http2Call(stream: ServerHttp2Stream, given: Http2Headers, { channel, peer }: CallParts): ClientCall {
  const headers: IncomingHttpHeaders = {};
  for (const name in given) if (!name.startsWith(":")) headers[name] = given[name];
  let trailing: IncomingHttpHeaders = {};
  return {
    method: given[":method"] ?? "GET",
    target: given[":path"] ?? "/",
    headers,
    authority: given[":authority"] ?? headers.host ?? "",
    ...{ peer, channel },
    hasBody: !stream.endAfterHeaders,
    body: stream,
    reply: stream,
    get begun() {
      return stream.headersSent;
    },
    // A stream that was reset is ended by Node itself.
    get finished() {
      return stream.writableFinished && !stream.aborted;
    },
    stream,
    proceed() {
      if (headers.expect?.toLowerCase() === "100-continue") stream.additionalHeaders({ ":status": 100 });
    },
    begin(status, replied) {
      stream.respond({ ":status": status, ...replied }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers(withoutConnection(trailing)));
    },
    trailers(replied) {
      trailing = replied;
    },
    abort: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  };
}

/** A proxy's `http://host/path` without scheme and host (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith("/") || target === "*") return target;
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
  return path.startsWith("/") ? path : `/${path}`;
}
