// What is known of one call while it is answered, and how it travels through connect's router.
import { type ConnectError, type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpHeaders } from "@sealserve/protocols";
import { type GrpcCall, type GrpcCode, grpcCodes } from "@sealserve/protocols/grpc";
import type { GrpcConnection } from "./grpc-connections.ts";

/** By number. */
export const codeNames: ReadonlyMap<number, GrpcCode> = new Map(
  (Object.keys(grpcCodes) as GrpcCode[]).map((code) => [grpcCodes[code], code]),
);

export interface CallState {
  readonly connection: GrpcConnection;
  readonly headers: HttpHeaders;
  captured: Readonly<Record<string, string>>;
  /** Null unless something threw. */
  error: AnyInferenceError | null;
}

const none: CallState | null = null;
export const callState: ContextKey<CallState | null> = createContextKey<CallState | null>(none);

/** What a protocol's answer sees of a call. */
export function callOf(
  context: HandlerContext,
  refuse: (thrown: unknown, context: HandlerContext) => ConnectError,
): GrpcCall {
  const state = context.values.get(callState);
  const { channel, peer } = state?.connection ?? { channel: null, peer: null };
  return {
    headers: state?.headers ?? {},
    signal: context.signal,
    timeLeft: () => context.timeoutMs() ?? null,
    ...(channel ? { channel } : {}),
    ...(peer === null ? {} : { peer }),
    about(captured) {
      if (state) state.captured = captured;
    },
    refusal(thrown) {
      const { code, rawMessage } = refuse(thrown, context);
      return { code: codeNames.get(code) ?? "unknown", message: rawMessage };
    },
  };
}
