// An HTTP request and reply with no server and no framework in them.
import type { Bytes } from "@sealserve/primitives";

/** Header values by lower-case name. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty if there is none. */
  readonly query: string;
  readonly headers: HttpHeaders;
  /** Whole, and no longer than the listener's limit. */
  readonly body: Bytes;
}

/** Chunks whose total length is known now, or that come as they are made. */
export type HttpBody = readonly Bytes[] | AsyncIterable<Bytes>;

export interface HttpReply {
  readonly status: number;
  /** By lower-case name. `content-length` is the listener's to set. */
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
  /** The words beside the status, where a handler chose its own. */
  readonly reason?: string;
}

/** A reply whose body, if it came as a stream, has been read whole: what a client's codec reads. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Bytes;
}
