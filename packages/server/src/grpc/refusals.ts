// What a call that throws ends with: the protocol's words for it, and nothing of what was not foreseen.
import { type AnyInferenceError, toInferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { type GrpcMethod, type GrpcProtocol, GrpcRefusal, type GrpcStatus } from "@sealserve/protocols/grpc";
import type { Logger } from "../logger/logger.ts";

export interface Refused {
  readonly status: GrpcStatus;
  /** Null: the status is all there is. */
  readonly error: AnyInferenceError | null;
}

export interface RefusedCall {
  readonly protocol: GrpcProtocol;
  readonly method: GrpcMethod;
  readonly captured: Readonly<Record<string, string>>;
}

export function refusalOf(thrown: unknown, { protocol, method, captured }: RefusedCall, logger: Logger): Refused {
  if (thrown instanceof GrpcRefusal) return { status: { code: thrown.code, message: thrown.message }, error: null };
  const error = toInferenceError(thrown);
  log(error, { protocol: protocol.name, route: method.name, ...captured }, logger);
  return { status: protocol.refuse(error), error };
}

/** What went wrong on our side; a client's own mistakes are its own to read. */
function log(error: AnyInferenceError, facts: Readonly<Record<string, string>>, logger: Logger): void {
  if (error.code === "internal") {
    logger.error("a call failed in a way that was not foreseen", { ...facts, error: error.cause ?? error });
  } else if (error.code === "handler-failed" || error.code === "engine-failed") {
    logger.warn("a model failed", { ...facts, code: error.code, reason: reasonOf(error.cause ?? error) });
  }
}
