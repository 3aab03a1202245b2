// A call as connect's handlers read it: its metadata, its messages within a time, and a signal for when the client has gone.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import type { HttpHeaders } from "@sealserve/protocols";
import type { GrpcMethod } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import { type CallState, callState } from "./call-state.ts";

/** A longer deadline would fire at once: timers know no more than 24 days. */
const longestTimeout = 2 ** 31 - 1;

export function universalRequest(
  stream: ServerHttp2Stream,
  path: string,
  { kind }: GrpcMethod,
  state: CallState,
  { requestTimeout, clock }: { readonly requestTimeout: number; readonly clock: Clock },
): UniversalServerRequest {
  const gone = new AbortController();
  stream.once("close", () => gone.abort(new ConnectError("the client has gone", Code.Canceled)));
  return {
    ...{ httpVersion: "2.0", method: "POST", url: `http://localhost${path}` },
    header: new Headers(withoutFarDeadline(state.headers)),
    body: timely(stream, { each: kind === "bidi_streaming", limit: requestTimeout }, clock),
    signal: gone.signal,
    contextValues: createContextValues().set(callState, state),
  };
}

/** Metadata by name; what is said several times is joined, as gRPC has it. */
export function headersOf(headers: IncomingHttpHeaders): HttpHeaders {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    texts[name] = typeof value === "string" ? value : value.join(", ");
  }
  return texts;
}

function withoutFarDeadline(headers: HttpHeaders): Record<string, string> {
  const { "grpc-timeout": timeout, ...others } = headers as Record<string, string>;
  if (timeout === undefined) return others;
  const [, amount, unit = ""] = /^(\d{1,8})([HMS])$/.exec(timeout) ?? [];
  const milliseconds = Number(amount) * ({ H: 3_600_000, M: 60_000 }[unit] ?? 1000);
  return milliseconds > longestTimeout ? others : { ...others, "grpc-timeout": timeout };
}

/** Throws `deadline-exceeded` for a client that does not send within `limit` milliseconds: the whole request, or `each` piece of it. */
async function* timely(
  stream: ServerHttp2Stream,
  { each, limit }: { readonly each: boolean; readonly limit: number },
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => "only what waits for a piece is told");
  const start = () =>
    clock.setTimer(limit, () => reject(new ConnectError("the request did not come in time", Code.DeadlineExceeded)));
  let timer = start();
  // The stream outlives its request: answers go over it.
  const pieces = stream.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), late]);
      if (next.done) return;
      if (each) timer.cancel();
      yield next.value;
      if (each) timer = start();
    }
  } finally {
    timer.cancel();
  }
}
