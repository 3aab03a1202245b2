// Inference errors as Triton words them: one row for each code.
import {
  type AnyInferenceError,
  datatypes,
  type InferenceError,
  type InferenceErrorCode,
  type InferenceErrorFacts,
} from "@sealserve/inference";
import type { HttpReply } from "../http/message.ts";
import { JsonWriter } from "../json/index.ts";

/** What `unsupported` names where a body has a content encoding. */
export const compressedBody = "a compressed body";

type Row<C extends InferenceErrorCode> = readonly [
  status: number | ((facts: InferenceErrorFacts[C]) => number),
  /** null: the error's own message. */
  sentence: ((facts: InferenceErrorFacts[C]) => string) | null,
];

/** Statuses and sentences from Triton's HTTP server and core; ours where it has no such case. */
const table: { readonly [C in InferenceErrorCode]: Row<C> } = {
  "model-not-found": [404, (f) => `Request for unknown model: '${f.model}' is not found`],
  "version-not-found": [404, (f) => `Request for unknown model: '${f.model}' version ${f.version} is not found`],
  "model-not-ready": [
    (f) => (f.version === null ? 404 : 503),
    (f) => {
      const found = f.version === null ? "has no available versions" : `version ${f.version} is not at ready state`;
      return `Request for unknown model: '${f.model}' ${found}: ${f.reason}`;
    },
  ],
  malformed: [
    400,
    (f) =>
      f.offset === undefined ? f.problem : `failed to parse the request JSON buffer: ${f.problem} at ${f.offset}`,
  ],
  "too-large": [413, null],
  "missing-input": [
    400,
    (f) =>
      `expected ${f.expected.length} inputs but got ${f.found.length} inputs for model '${f.model}'. ` +
      `Got input(s) [${quoted(f.found)}], but missing required input(s) [${quoted(f.missing)}]. ` +
      "Please provide all required input(s).",
  ],
  "unexpected-input": [
    400,
    (f) => `unexpected inference input '${f.input}' for model '${f.model}', which expects [${quoted(f.expected)}]`,
  ],
  "unknown-datatype": [
    400,
    (f) => `invalid datatype for input ${f.tensor}: '${f.found}' is not one of ${datatypes.join(", ")}`,
  ],
  "datatype-mismatch": [
    400,
    (f) => `inference input '${f.input}' data-type is '${f.found}', but model '${f.model}' expects '${f.expected}'`,
  ],
  "invalid-shape": [400, null],
  "shape-mismatch": [
    400,
    (f) =>
      `unexpected shape for input '${f.input}' for model '${f.model}'. Expected [${f.expected}], got [${f.found}].`,
  ],
  "size-mismatch": [
    400,
    (f) =>
      `input byte size mismatch for input '${f.tensor}'${f.model === undefined ? "" : ` for model '${f.model}'`}. ` +
      `Expected ${f.expected}, got ${f.found}`,
  ],
  "invalid-value": [400, null],
  "batch-too-large": [400, (f) => `inference request batch-size must be <= ${f.limit} for '${f.model}'`],
  "unknown-output": [400, (f) => `unexpected inference output '${f.output}' for model '${f.model}'`],
  "invalid-parameter": [400, (f) => `Unable to parse '${f.parameter}': must be ${f.expected}, but is ${f.found}`],
  unsupported: [
    501,
    (f) => (f.what === compressedBody ? "Unsupported compression type" : `${f.what} is not supported`),
  ],
  unauthorized: [403, () => "This API is restricted, expecting header 'authorization'"],
  "no-instance": [
    503,
    (f) => `Request for unknown model: '${f.model}' version ${f.version} is not at ready state: it has no instance`,
  ],
  "queue-full": [503, () => "Exceeds maximum queue size"],
  "deadline-exceeded": [503, () => "Request timeout expired"],
  "engine-unavailable": [503, null],
  // Where the backend lies is not the client's to know.
  unreachable: [503, () => "the backend cannot be reached"],
  "shutting-down": [503, () => "Server exiting"],
  cancelled: [400, null],
  "handler-failed": [(f) => (f.status >= 400 && f.status < 600 ? f.status : 503), null],
  "engine-failed": [500, null],
  unavailable: [
    503,
    // Triton's sentence, whatever keeps the calls from being allowed.
    (f) =>
      f.what === "explicit model load / unload"
        ? "explicit model load / unload is not allowed if polling is enabled"
        : `${f.what} is not available: ${f.reason}`,
  ],
  "model-set-changed": [503, null],
  "not-converged": [503, null],
  "load-failed": [
    500,
    (f) => `failed to load '${f.model}', ${f.version === null ? "" : `version ${f.version}: `}${f.reason}`,
  ],
  "already-loaded": [400, null],
  "default-version": [400, null],
  internal: [500, null],
};

/** The reply to a request that failed. */
export function refuse(error: AnyInferenceError): HttpReply {
  const { status, sentence } = wire(error);
  const reply = errorReply(status, sentence);
  const compressed = error.code === "unsupported" && error.facts.what === compressedBody;
  return compressed ? { ...reply, headers: { ...reply.headers, "accept-encoding": "identity" } } : reply;
}

function wire<C extends InferenceErrorCode>(error: InferenceError<C>): { status: number; sentence: string } {
  const [status, sentence] = table[error.code];
  return {
    status: typeof status === "function" ? status(error.facts) : status,
    sentence: sentence === null ? error.message : sentence(error.facts),
  };
}

/** `{"error": …}`, the one form of every refusal. */
export function errorReply(status: number, sentence: string): HttpReply {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("error");
  writer.string(sentence);
  writer.endObject();
  return { status, headers: { "content-type": "application/json" }, body: writer.chunks() };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(",");
}
