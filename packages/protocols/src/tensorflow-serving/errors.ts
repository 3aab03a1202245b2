// How each inference error leaves over TensorFlow Serving's REST API: its status and sentence.
import { type AnyInferenceError, type InferenceError, isDatatype } from "@sealserve/inference";
import type { HttpReply } from "../http/message.ts";
import { typeName } from "./datatype-names.ts";
import { jsonReply } from "./json-reply.ts";

/** HTTP statuses of the canonical codes that occur here (`http_server.cc`); 413 is ours, the original has no limit. */
const statuses = {
  CANCELLED: 499,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TOO_LARGE: 413,
} as const;

export interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
}

/** What `error` says to a client of TensorFlow Serving. */
export function toErrorAnswer(error: AnyInferenceError): ErrorAnswer {
  const { message } = error;
  switch (error.code) {
    case "model-not-found":
      return answer("NOT_FOUND", servableNotFound(error.facts.model, null));
    case "version-not-found":
      return answer("NOT_FOUND", servableNotFound(error.facts.model, error.facts.version));
    case "model-not-ready": {
      const { model, version, state, reason } = error.facts;
      return answer("NOT_FOUND", `${servableNotFound(model, version)}: its state is ${state}: ${reason}`);
    }
    case "no-instance": {
      const { model, version } = error.facts;
      return answer("NOT_FOUND", `${servableNotFound(model, version)}: it has no instance to run it`);
    }
    case "malformed": {
      const { problem, offset } = error.facts;
      return answer(
        "INVALID_ARGUMENT",
        offset === undefined ? problem : `JSON Parse error: ${problem} at offset: ${offset}`,
      );
    }
    case "batch-too-large": {
      const { found, limit } = error.facts;
      return answer("INVALID_ARGUMENT", `Task size ${found} is larger than maximum input batch size ${limit}`);
    }
    case "missing-input":
      return answer("INVALID_ARGUMENT", `Missing named input: ${error.facts.missing.join(", ")} in 'inputs' object.`);
    case "invalid-value":
      return answer("INVALID_ARGUMENT", wrongValue(error));
    case "unexpected-input":
    case "unknown-datatype":
    case "datatype-mismatch":
    case "invalid-shape":
    case "shape-mismatch":
    case "size-mismatch":
    case "unknown-output":
    case "invalid-parameter":
      return answer("INVALID_ARGUMENT", message);
    case "too-large":
      return answer("TOO_LARGE", message);
    case "unauthorized":
      return answer("UNAUTHENTICATED", message);
    case "unsupported":
      return answer("UNIMPLEMENTED", message);
    case "queue-full":
      return answer("UNAVAILABLE", "The batch scheduling queue to which this task was submitted is full");
    case "engine-unavailable":
    case "unavailable":
    case "model-set-changed":
    case "not-converged":
    case "shutting-down":
      return answer("UNAVAILABLE", message);
    case "unreachable":
      // Where the backend lies is not the client's to know.
      return answer("UNAVAILABLE", "the backend cannot be reached");
    case "deadline-exceeded":
      return answer("DEADLINE_EXCEEDED", message);
    case "cancelled":
      return answer("CANCELLED", message);
    case "handler-failed":
      return { status: handlerStatus(error.facts.status), message };
    case "already-loaded":
    case "default-version":
      return answer("INVALID_ARGUMENT", message);
    case "load-failed":
    case "engine-failed":
    case "internal":
      return answer("INTERNAL", message);
  }
}

export function errorReply({ status, message }: ErrorAnswer): HttpReply {
  return jsonReply(status, { error: message }, 4);
}

/** The sentence for a request that no pattern matches; there is no 405. */
export function malformedRequest(method: string, path: string, query: string): string {
  return `Malformed request: ${method} ${path}${query === "" ? "" : `?${query}`}`;
}

/** The sentence for a request that names a model, or a version of it, that does not serve. */
function servableNotFound(model: string, version: string | null): string {
  const wanted = version === null ? `Latest(${model})` : `Specific(${model}, ${version})`;
  return `Servable not found for request: ${wanted}`;
}

/** The values themselves, which the original repeats, stay out. */
function wrongValue({ facts: { tensor, expected, found }, message }: InferenceError<"invalid-value">): string {
  if (!isDatatype(expected)) return message;
  return `JSON Value: ... Type: ${found} of tensor '${tensor}' is not of expected type: ${typeName(expected)}`;
}

function answer(code: keyof typeof statuses, message: string): ErrorAnswer {
  return { status: statuses[code], message };
}

function handlerStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : statuses.UNAVAILABLE;
}
