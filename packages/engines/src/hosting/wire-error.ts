// Errors on their way between threads and processes: code and facts travel, the classes are built again on the other side.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceErrorCode,
  type InferenceErrorFacts,
  isInferenceError,
} from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { EngineLoadError, type EngineLoadErrorCode, type EngineLoadErrorFacts } from "../engine-error.ts";

interface Sentences {
  readonly reason: string;
  /** The sentence of the error's cause, for the log. */
  readonly cause?: string;
}

export type WireError = Sentences &
  (
    | { readonly kind: "inference"; readonly code: InferenceErrorCode; readonly facts: object }
    | { readonly kind: "load"; readonly code: EngineLoadErrorCode; readonly facts: object }
    | { readonly kind: "other" }
  );

export function toWireError(thrown: unknown): WireError {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? { cause: reasonOf(thrown.cause) } : {};
  const sentences = { reason: reasonOf(thrown), ...cause };
  if (thrown instanceof EngineLoadError) return { kind: "load", code: thrown.code, facts: thrown.facts, ...sentences };
  if (isInferenceError(thrown)) return { kind: "inference", code: thrown.code, facts: thrown.facts, ...sentences };
  return { kind: "other", ...sentences };
}

/** The error of a run. What the engine did not foresee is `engine-failed`. */
export function toRunError(error: WireError, model: string): AnyInferenceError {
  const rebuilt =
    error.kind === "inference"
      ? new InferenceError(error.code, error.facts as InferenceErrorFacts[InferenceErrorCode], error.cause)
      : new InferenceError("engine-failed", { model, reason: error.reason }, error.cause);
  return rebuilt as AnyInferenceError;
}

/** The error of a load. What the engine did not foresee is `load-failed`. */
export function toLoadError(error: WireError, model: string): EngineLoadError {
  return error.kind === "load"
    ? new EngineLoadError(error.code, error.facts as EngineLoadErrorFacts[EngineLoadErrorCode], error.cause)
    : new EngineLoadError("load-failed", { model, reason: error.reason }, error.cause);
}
