// An answer whose body comes piece by piece, and the exchange that gives such.
import type { Bytes } from "@sealserve/primitives";
import type { HttpHeaders, HttpRequest } from "@sealserve/protocols";
import type { Exchange } from "./exchange.ts";

export interface StreamedAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Read once; whoever stops before its end, or never begins, must abort the request. Throws as `stream` does. */
  readonly body: AsyncIterable<Bytes>;
}

export interface StreamingExchange extends Exchange {
  /** As `send`, with an answer of any length. Throws `cancelled` and `unreachable`, both also while the body is read. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<StreamedAnswer>;
}
