// The sidecar's own answers, where a request does not reach the upstream: a status and a sentence that says what to do.
import type { IncomingMessage } from "node:http";
import { constants } from "node:http2";
import type { ClientCall } from "./client-call.ts";

export interface Refusal {
  readonly status: number;
  /** Of gRPC (google.rpc.Code). */
  readonly grpcStatus: number;
  readonly sentence: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const unauthorized: Refusal = {
  status: 401,
  grpcStatus: 16,
  sentence:
    "this server answers clients with its token (Authorization: Bearer …) or with a certificate of its authorities",
  headers: { "www-authenticate": "Bearer" },
};
const websocket: Refusal = {
  status: 501,
  grpcStatus: 12,
  sentence: "this server proxies HTTP and gRPC, and no WebSocket: ask over HTTP, where answers may stream",
};
const management: Refusal = {
  status: 403,
  grpcStatus: 7,
  sentence: "calls that manage this server are not let through: whoever runs it can allow them with management: true",
};
const unknown: Refusal = {
  status: 404,
  grpcStatus: 12,
  sentence: "this is no call of the protocol that is let through here",
};
const noGrpc: Refusal = {
  status: 404,
  grpcStatus: 12,
  sentence: "there is no gRPC here: whoever runs this server can say where its upstream speaks it with grpcUpstream",
};
const malformed: Refusal = {
  status: 400,
  grpcStatus: 3,
  sentence: "this request cannot be passed on: its method, path or headers hold what HTTP/1.1 does not allow",
};
const unreachable: Refusal = {
  status: 502,
  grpcStatus: 14,
  sentence: "the server behind this one did not answer; the request may have been started",
};

export const refusals = { unauthorized, websocket, management, unknown, noGrpc, malformed, unreachable } as const;

export function notReady(reason: string): Refusal {
  return { status: 503, grpcStatus: 14, sentence: `not ready: ${reason}`, headers: { "retry-after": "1" } };
}

export function tooLarge(limit: number): Refusal {
  return { status: 413, grpcStatus: 8, sentence: `the body is longer than the ${limit} bytes that are allowed` };
}

export function isGrpc({ stream, headers }: ClientCall): boolean {
  return stream !== null && /^application\/grpc(?:[+;]|$)/i.test(headers["content-type"] ?? "");
}

/** In the form that the client reads: trailers only for gRPC, JSON for the others. */
export function refuse(call: ClientCall, { status, grpcStatus, sentence, headers = {} }: Refusal): void {
  if (call.begun || call.reply.destroyed) {
    call.abort();
    return;
  }
  if (call.stream && isGrpc(call)) {
    const message = encodeURIComponent(sentence).replaceAll("%20", " ");
    call.stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": String(grpcStatus),
        "grpc-message": message,
      },
      { endStream: true },
    );
    endUnread(call);
    return;
  }
  const body = call.method === "HEAD" ? "" : `${JSON.stringify({ error: sentence })}\n`;
  const unread = call.hasBody && !call.body.readableEnded;
  call.begin(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(unread && !call.stream ? { connection: "close" } : {}),
  });
  call.reply.write(body === "" ? Buffer.alloc(0) : body);
  endUnread(call);
}

/** How much of a refused body, and for how long in milliseconds, is read and thrown away, so that the client sees the refusal before the end. */
const [mostUnread, longestUnread] = [4 * 1024 * 1024, 1_000];

function endUnread(call: ClientCall): void {
  const { body, reply, stream } = call;
  if (stream) {
    if (!stream.writableEnded) stream.end();
    // RFC 9113, 8.1: the rest of the request is not wanted, and no error.
    const over = (): void => stream.close(constants.NGHTTP2_NO_ERROR);
    if (stream.writableFinished) setImmediate(over);
    else stream.once("finish", over);
    return;
  }
  if (!call.hasBody || (body as IncomingMessage).complete) {
    reply.end();
    return;
  }
  let read = 0;
  const timer = setTimeout(done, longestUnread);
  function done(): void {
    clearTimeout(timer);
    reply.end();
  }
  body.on("data", (chunk: Uint8Array) => {
    read += chunk.length;
    if (read > mostUnread) done();
  });
  body.once("close", done);
  body.once("end", done);
}
