// The closed list of what can go wrong with an inference request, each with its facts; no protocol is known here.
import { CodedError } from "@sealserve/primitives";
import type { Datatype } from "./datatype.ts";
import type { ModelState } from "./model-state.ts";

/** Facts of each code. Shapes hold -1 where any size is allowed; durations are milliseconds; sizes are bytes. */
export interface InferenceErrorFacts {
  // Mend the request.
  "model-not-found": { readonly model: string };
  "version-not-found": { readonly model: string; readonly version: string };
  /** `offset`: the byte of the body where it was noticed, where that helps. */
  malformed: { readonly problem: string; readonly offset?: number };
  "too-large": { readonly what: string; readonly limit: number; readonly found: number | null };
  "missing-input": {
    readonly model: string;
    readonly missing: readonly string[];
    readonly expected: readonly string[];
    readonly found: readonly string[];
  };
  "unexpected-input": {
    readonly model: string;
    readonly input: string;
    readonly expected: readonly string[];
    readonly found: readonly string[];
  };
  "unknown-datatype": { readonly tensor: string; readonly found: string };
  "datatype-mismatch": {
    readonly model: string;
    readonly input: string;
    readonly expected: Datatype;
    readonly found: Datatype;
  };
  "invalid-shape": { readonly tensor: string; readonly problem: string };
  "shape-mismatch": {
    readonly model: string;
    readonly input: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  };
  "size-mismatch": {
    readonly model?: string;
    readonly tensor: string;
    readonly expected: number;
    readonly found: number;
  };
  "invalid-value": { readonly tensor: string; readonly expected: string; readonly found: string };
  "batch-too-large": { readonly model: string; readonly limit: number; readonly found: number };
  "unknown-output": { readonly model: string; readonly output: string; readonly expected: readonly string[] };
  "invalid-parameter": { readonly parameter: string; readonly expected: string; readonly found: string };
  unsupported: { readonly what: string };
  /** Whoever asks has not shown that it may. */
  unauthorized: { readonly what: string };
  // Try again, here or elsewhere.
  "model-not-ready": {
    readonly model: string;
    readonly version: string | null;
    readonly state: ModelState;
    readonly reason: string;
  };
  /** It has been scaled to no instances. */
  "no-instance": { readonly model: string; readonly version: string };
  "queue-full": { readonly model: string; readonly version: string; readonly limit: number };
  "deadline-exceeded": { readonly model: string; readonly limit: number };
  "engine-unavailable": { readonly model: string; readonly reason: string };
  /** Nobody answers where the service should be. `started`: false only where surely no byte of the request was taken, so that another may be asked. */
  unreachable: { readonly where: string; readonly reason: string; readonly started: boolean };
  "shutting-down": Readonly<Record<never, never>>;
  /** Something that a call needs beside the model, such as where the desired state is kept. */
  unavailable: { readonly what: string; readonly reason: string };
  /** It was answered by what the evidence of this server did not name yet; the answer is thrown away. */
  "model-set-changed": { readonly model: string; readonly version: string };
  /** A change that is kept, but to which not every node has come yet. `waiting`: what they wait for. */
  "not-converged": { readonly model: string; readonly limit: number; readonly waiting: string };
  // Stop: trying again will not help.
  cancelled: Readonly<Record<never, never>>;
  "handler-failed": { readonly model: string; readonly status: number; readonly reason: string };
  "engine-failed": { readonly model: string; readonly reason: string };
  "load-failed": { readonly model: string; readonly version: string | null; readonly reason: string };
  "already-loaded": { readonly model: string; readonly version: string };
  /** The version that serves where none is named cannot go before the others. */
  "default-version": { readonly model: string; readonly version: string };
  internal: Readonly<Record<never, never>>;
}

export type InferenceErrorCode = keyof InferenceErrorFacts;

const sentences: { readonly [C in InferenceErrorCode]: (facts: InferenceErrorFacts[C]) => string } = {
  "model-not-found": (f) => `there is no model '${f.model}'`,
  "version-not-found": (f) => `model '${f.model}' has no version '${f.version}'`,
  malformed: (f) => (f.offset === undefined ? f.problem : `${f.problem} at offset ${f.offset}`),
  "too-large": (f) => `${f.what} may have ${f.limit} bytes${f.found === null ? "" : `, but has ${f.found}`}`,
  "missing-input": (f) => `model '${f.model}' expects inputs ${names(f.expected)}; missing ${names(f.missing)}`,
  "unexpected-input": (f) => `model '${f.model}' has no input '${f.input}'; it expects ${names(f.expected)}`,
  "unknown-datatype": (f) => `tensor '${f.tensor}' has unknown datatype '${f.found}'`,
  "datatype-mismatch": (f) => `input '${f.input}' of model '${f.model}' is ${f.expected}, but ${f.found} was sent`,
  "invalid-shape": (f) => `tensor '${f.tensor}': ${f.problem}`,
  "shape-mismatch": (f) =>
    `input '${f.input}' of model '${f.model}' has shape [${f.expected}], but [${f.found}] was sent`,
  "size-mismatch": (f) => `tensor '${f.tensor}' needs ${f.expected} bytes, but has ${f.found}`,
  "invalid-value": (f) => `tensor '${f.tensor}' expects ${f.expected}, but found ${f.found}`,
  "batch-too-large": (f) => `model '${f.model}' takes batches of at most ${f.limit}, but ${f.found} were sent`,
  "unknown-output": (f) => `model '${f.model}' has no output '${f.output}'; it has ${names(f.expected)}`,
  "invalid-parameter": (f) => `parameter '${f.parameter}' must be ${f.expected}, but is ${f.found}`,
  unauthorized: (f) => `${f.what} needs a token or a certificate`,
  unsupported: (f) => `${f.what} is not supported`,
  "model-not-ready": (f) =>
    `model '${f.model}'${f.version === null ? "" : ` version '${f.version}'`} is ${f.state}: ${f.reason}`,
  "no-instance": (f) => `version '${f.version}' of model '${f.model}' has no instance to run it: scale it up`,
  "queue-full": (f) => `the queue of model '${f.model}' is full (${f.limit} requests)`,
  "deadline-exceeded": (f) => `model '${f.model}' did not answer within ${f.limit} ms`,
  "engine-unavailable": (f) => `the engine of model '${f.model}' is not available: ${f.reason}`,
  unreachable: (f) => `${f.where} ${f.reason}`,
  "shutting-down": () => "the server is shutting down",
  unavailable: (f) => `${f.what} is not available: ${f.reason}`,
  "model-set-changed": (f) =>
    `version '${f.version}' of model '${f.model}' was loaded a moment ago, and evidence does not name it yet: ask again`,
  "not-converged": (f) =>
    `the change of model '${f.model}' is kept, but was not done everywhere within ${f.limit} ms: ${f.waiting}`,
  cancelled: () => "the request was cancelled",
  "handler-failed": (f) => `the handler of model '${f.model}' failed: ${f.reason}`,
  "engine-failed": (f) => `the engine of model '${f.model}' failed: ${f.reason}`,
  "load-failed": (f) =>
    `model '${f.model}'${f.version === null ? "" : ` version '${f.version}'`} cannot be loaded: ${f.reason}`,
  "already-loaded": (f) => `version '${f.version}' of model '${f.model}' is loaded already`,
  "default-version": (f) =>
    `version '${f.version}' of model '${f.model}' serves where none is named: choose another default version first`,
  internal: () => "internal error",
};

function names(list: readonly string[]): string {
  return `[${list.map((name) => `'${name}'`).join(", ")}]`;
}

/** A refused or failed request. Its message never holds tensor values, request bodies or secrets. */
export class InferenceError<C extends InferenceErrorCode = InferenceErrorCode> extends CodedError<
  C,
  InferenceErrorFacts[C]
> {
  constructor(code: C, facts: InferenceErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "InferenceError";
  }
}

/** The union of all inference errors, so that a `switch` on `code` narrows `facts`. */
export type AnyInferenceError = { [C in InferenceErrorCode]: InferenceError<C> }[InferenceErrorCode];

export function isInferenceError(thrown: unknown): thrown is AnyInferenceError {
  return thrown instanceof InferenceError;
}

/** `thrown` itself if it is an inference error, else `internal` with `thrown` as its cause, for the log only. */
export function toInferenceError(thrown: unknown): AnyInferenceError {
  return isInferenceError(thrown) ? thrown : (new InferenceError("internal", {}, thrown) as AnyInferenceError);
}
