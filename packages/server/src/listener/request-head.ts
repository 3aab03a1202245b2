// The part of a request that is known before its body: method, path, query and headers.
import type { IncomingMessage } from "node:http";
import type { HttpHeaders, HttpRequest, TlsChannel } from "@sealserve/protocols";

export type RequestHead = Omit<HttpRequest, "body">;

/** Node's parser has checked the form; the path stays percent-encoded. */
export function headOf(message: IncomingMessage, channel: TlsChannel | null): RequestHead {
  const target = originForm(message.url ?? "/");
  const mark = target.indexOf("?");
  const head = {
    method: message.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers: headersOf(message),
    spelledHeaders: message.rawHeaders,
    ...(message.socket.remoteAddress === undefined ? {} : { peer: message.socket.remoteAddress }),
  };
  return channel ? { ...head, channel } : head;
}

/** A proxy's `http://host/path` without scheme and host (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
  return path.startsWith("/") || path === "*" ? path : `/${path}`;
}

/** Node joins repeated headers into one text, but for `set-cookie`, which no request has in earnest. */
function headersOf({ headers }: IncomingMessage): HttpHeaders {
  const cookies = headers["set-cookie"];
  if (cookies === undefined) return headers as HttpHeaders;
  return { ...headers, "set-cookie": cookies.join(", ") };
}
