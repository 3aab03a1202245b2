// An HTTP request and reply with no server and no framework in them.
import type { Bytes } from "@sealserve/primitives";

/** Header values by lower-case name. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** The TLS connection that a request came on: what only its two ends can compute. Nothing is computed until it is asked. */
export interface TlsChannel {
  /** SHA-256 of the DER of the SubjectPublicKeyInfo of the certificate that the server showed. */
  spkiSha256(): Bytes;
  /** `length` bytes of keying material of this connection (RFC 8446, 7.5). */
  exporter(label: string, context: Bytes, length: number): Bytes;
  /** What the client showed of itself; null: nothing, or the listener does not ask. */
  clientCertificate(): ClientCertificate | null;
}

export interface ClientCertificate {
  readonly der: Bytes;
  /** Null: at the handshake it led to a root of the listener's and was within its dates. Else why not, in OpenSSL's words: it proves nothing. */
  readonly problem: string | null;
}

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty if there is none. */
  readonly query: string;
  readonly headers: HttpHeaders;
  /** Names and values in turn, as they were sent. Set by listeners only. */
  readonly spelledHeaders?: readonly string[];
  /** Whole, and no longer than the listener's limit. */
  readonly body: Bytes;
  /** Set by a TLS listener only. */
  readonly channel?: TlsChannel;
  /** The network address at the other end of the connection: the client's, or that of a proxy. Set by listeners only. */
  readonly peer?: string;
  /** It came inside a sealed message: whatever stands before the listener, such as a proxy that lets some paths through, has not seen it. */
  readonly sealed?: true;
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
