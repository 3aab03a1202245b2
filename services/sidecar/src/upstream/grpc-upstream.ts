// Passes a gRPC call on to the upstream over HTTP/2 without TLS: messages both ways as they come, status in trailers, cancellation both ways.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { KeepsAuthorization } from "../door/authentication.ts";
import type { ClientCall } from "../door/client-call.ts";
import { requestHeaders, withoutConnection } from "../door/passed-headers.ts";
import { pipeWhole } from "../door/pipe-whole.ts";
import { refusals, refuse } from "../door/refusal.ts";

export interface GrpcUpstreamOptions {
  readonly upstream: URL;
}

export interface GrpcUpstreamParts {
  /** Whether the upstream may see the `authorization` among these headers; where it is ours, it may not. */
  readonly keepsAuthorization: KeepsAuthorization;
  /** The upstream could not be reached. */
  onUnreachable(): void;
}

/** As much as may be under way in one stream, so that a tensor does not wait for its other end at every 64 KiB. */
const windowSize = 1 << 20;

/** One connection carries all calls; another is opened once it has gone. Disposing closes it. */
export class GrpcUpstream implements Disposable {
  readonly #options: GrpcUpstreamOptions;
  readonly #parts: GrpcUpstreamParts;
  #session: ClientHttp2Session | null = null;

  constructor(options: GrpcUpstreamOptions, parts: GrpcUpstreamParts) {
    this.#options = options;
    this.#parts = parts;
  }

  forward(call: ClientCall, stream: ServerHttp2Stream): void {
    const { upstream } = this.#options;
    const keeps = this.#parts.keepsAuthorization(call.headers);
    const headers = requestHeaders(call.headers, { ...call, keepsAuthorization: keeps });
    const asked = this.#open().request(
      {
        ...headers,
        ":method": "POST",
        ":path": call.target,
        ":scheme": "http",
        ":authority": upstream.host,
        te: "trailers",
      },
      { endStream: false },
    );
    asked.once("response", (head, flags) => {
      try {
        answer(stream, asked, head, flags);
      } catch {
        // Such as a status that nobody knows.
        asked.close(constants.NGHTTP2_CANCEL);
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      }
    });
    asked.once("error", () => {
      if (stream.headersSent || stream.destroyed) return;
      this.#parts.onUnreachable();
      refuse(call, refusals.unreachable);
    });
    stream.once("close", () => {
      if (!asked.destroyed) asked.close(stream.rstCode === constants.NGHTTP2_NO_ERROR ? 0 : constants.NGHTTP2_CANCEL);
    });
    stream.once("error", () => asked.close(constants.NGHTTP2_CANCEL));
    pipeWhole(stream, asked);
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
  }

  #open(): ClientHttp2Session {
    const kept = this.#session;
    if (kept && !kept.closed && !kept.destroyed) return kept;
    const session = connect(this.#options.upstream, { settings: { initialWindowSize: windowSize, enablePush: false } });
    session.once("connect", () => session.setLocalWindowSize(windowSize * 16));
    const forget = (): void => {
      if (this.#session === session) this.#session = null;
    };
    session.once("goaway", forget);
    session.once("close", forget);
    session.once("error", forget);
    this.#session = session;
    return session;
  }
}

function answer(stream: ServerHttp2Stream, asked: ClientHttp2Stream, head: IncomingHttpHeaders, flags: number): void {
  if (stream.destroyed) return;
  const headers = { ":status": Number(head[":status"] ?? 200), ...withoutConnection(head) };
  // A status without a message comes as trailers alone.
  if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
    stream.respond(headers, { endStream: true });
    return;
  }
  let trailing: IncomingHttpHeaders | null = null;
  stream.respond(headers, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers(withoutConnection(trailing ?? {})));
  asked.pipe(stream, { end: false });
  asked.once("trailers", (trailers) => {
    trailing = trailers;
  });
  // A stream that was broken off ends as well, and says later that it was not whole: its trailers say so at once.
  asked.once("end", () => {
    if (trailing !== null) stream.end();
  });
  asked.once("close", () => {
    if (stream.destroyed || stream.writableEnded) return;
    if (asked.rstCode === constants.NGHTTP2_NO_ERROR && !asked.aborted) stream.end();
    else stream.close(asked.rstCode || constants.NGHTTP2_INTERNAL_ERROR);
  });
}
