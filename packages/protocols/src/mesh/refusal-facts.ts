// The facts of each error that a backend may tell a frontend: strict shapes, bounded by what a refusal may hold.
import { datatypes, type InferenceErrorCode, type InferenceErrorFacts, type ModelState } from "@sealserve/inference";
import { fault, list, nullable, oneOf, record, type Shape, text } from "../key-broker/shape.ts";

/** Where a backend lies is not its own to say: its frontend knows. */
export type RefusalCode = Exclude<InferenceErrorCode, "unreachable">;

const states = ["start", "loading", "available", "unloading", "end"] as const satisfies readonly ModelState[];

const words = text(64 * 1024);
const names = list(words, 10_000);
const version = nullable(words);
const datatype = oneOf(...datatypes);

const number: Shape<number> = (value, at) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw fault(at, "a number");
};
const sizes = list(number, 1_000);
const none = row({});

type Fields = Readonly<Record<string, Shape<unknown>>>;

interface Row<Facts> {
  /** Whatever else an error happens to carry stays where it is. */
  readonly names: readonly string[];
  readonly read: Shape<Facts>;
}

function row<R extends Fields, const O extends Fields = Record<never, never>>(required: R, optional?: O) {
  return { names: Object.keys({ ...required, ...optional }), read: record(required, optional) };
}

export const refusalFacts: { readonly [C in RefusalCode]: Row<InferenceErrorFacts[C]> } = {
  "model-not-found": row({ model: words }),
  "version-not-found": row({ model: words, version: words }),
  malformed: row({ problem: words }, { offset: number }),
  "too-large": row({ what: words, limit: number, found: nullable(number) }),
  "missing-input": row({ model: words, missing: names, expected: names, found: names }),
  "unexpected-input": row({ model: words, input: words, expected: names, found: names }),
  "unknown-datatype": row({ tensor: words, found: words }),
  "datatype-mismatch": row({ model: words, input: words, expected: datatype, found: datatype }),
  "invalid-shape": row({ tensor: words, problem: words }),
  "shape-mismatch": row({ model: words, input: words, expected: sizes, found: sizes }),
  "size-mismatch": row({ tensor: words, expected: number, found: number }, { model: words }),
  "invalid-value": row({ tensor: words, expected: words, found: words }),
  "batch-too-large": row({ model: words, limit: number, found: number }),
  "unknown-output": row({ model: words, output: words, expected: names }),
  "invalid-parameter": row({ parameter: words, expected: words, found: words }),
  unsupported: row({ what: words }),
  unauthorized: row({ what: words }),
  "model-not-ready": row({ model: words, version, state: oneOf(...states), reason: words }),
  "no-instance": row({ model: words, version: words }),
  "queue-full": row({ model: words, version: words, limit: number }),
  "deadline-exceeded": row({ model: words, limit: number }),
  "engine-unavailable": row({ model: words, reason: words }),
  "shutting-down": none,
  unavailable: row({ what: words, reason: words }),
  "model-set-changed": row({ model: words, version: words }),
  "not-converged": row({ model: words, limit: number, waiting: words }),
  cancelled: none,
  "handler-failed": row({ model: words, status: number, reason: words }),
  "engine-failed": row({ model: words, reason: words }),
  "load-failed": row({ model: words, version, reason: words }),
  "already-loaded": row({ model: words, version: words }),
  "default-version": row({ model: words, version: words }),
  internal: none,
};

export const refusalCodes = Object.keys(refusalFacts) as readonly RefusalCode[];
