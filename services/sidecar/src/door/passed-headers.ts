// Which headers a proxy passes on: all but those that are about one connection, or that say what only the proxy knows.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** About one connection (RFC 9110, 7.6.1; RFC 9113, 8.2.2), and about how a message is framed there. */
const ofConnection: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** A client that sends these says where it comes from, and could say anything. */
const ofProxies = /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-cert.*|host)$/;

/** Where a client shows our token beside an `authorization` that is for the upstream. */
export const ownAuthorization = "sealserve-authorization";

/** Of a request; `authorization` is left out where it is ours. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  { peer, authority, keepsAuthorization }: PassedFor,
): OutgoingHttpHeaders {
  const passed = withoutConnection(headers);
  for (const name in passed) if (ofProxies.test(name)) delete passed[name];
  delete passed[ownAuthorization];
  if (!keepsAuthorization) delete passed["authorization"];
  passed["x-forwarded-for"] = peer;
  passed["x-forwarded-proto"] = "https";
  if (authority !== "") passed["x-forwarded-host"] = authority;
  return passed;
}

export interface PassedFor {
  readonly peer: string;
  readonly authority: string;
  readonly keepsAuthorization: boolean;
}

/** Of a reply, or of trailers. */
export function withoutConnection(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = headers.connection?.toLowerCase().split(/[\s,]+/) ?? [];
  const passed: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (name.startsWith(":") || ofConnection.has(name) || named.includes(name)) continue;
    passed[name] = headers[name];
  }
  return passed;
}
