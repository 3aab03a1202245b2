// What a call that throws ends with: the protocol's words for it, and nothing of what was not foreseen.
import { ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type AnyInferenceError, toInferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { type GrpcMethod, type GrpcProtocol, GrpcRefusal, grpcCodes } from "@sealserve/protocols/grpc";
import type { Logger } from "../logger/logger.ts";
import { callState } from "./call-state.ts";

/** Connect's own errors, such as of a message that is too long, stay as they are; a call that was cancelled or is too late ends as such. */
export function refusalOf(
  thrown: unknown,
  { protocol, method }: { readonly protocol: GrpcProtocol; readonly method: GrpcMethod },
  context: HandlerContext,
  logger: Logger,
): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  if (context.signal.aborted && context.signal.reason instanceof ConnectError) return context.signal.reason;
  if (thrown instanceof GrpcRefusal) return new ConnectError(thrown.message, grpcCodes[thrown.code]);
  const error = toInferenceError(thrown);
  const state = context.values.get(callState);
  if (state) state.error = error;
  log(error, { protocol: protocol.name, route: method.name, ...state?.captured }, logger);
  const { code, message } = protocol.refuse(error);
  return new ConnectError(message, grpcCodes[code]);
}

/** What went wrong on our side; a client's own mistakes are its own to read. */
function log(error: AnyInferenceError, facts: Readonly<Record<string, string>>, logger: Logger): void {
  if (error.code === "internal") {
    logger.error("a call failed in a way that was not foreseen", { ...facts, error: error.cause ?? error });
  } else if (error.code === "handler-failed" || error.code === "engine-failed") {
    logger.warn("a model failed", { ...facts, code: error.code, reason: reasonOf(error.cause ?? error) });
  }
}
