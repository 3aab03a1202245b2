// Every inference error has a TorchServe status and type.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceErrorCode,
  type InferenceErrorFacts,
} from "@sealserve/inference";
import { toErrorDocument } from "./errors.ts";

const none = { model: "m", input: "x", expected: [], found: [], missing: [] };
const facts: InferenceErrorFacts = {
  "model-not-found": { model: "m" },
  "version-not-found": { model: "m", version: "2" },
  malformed: { problem: "bad" },
  "too-large": { what: "the body", limit: 1, found: 2 },
  "missing-input": none,
  "unexpected-input": none,
  "unknown-datatype": { tensor: "x", found: "INT7" },
  "datatype-mismatch": { model: "m", input: "x", expected: "FP32", found: "INT8" },
  "invalid-shape": { tensor: "x", problem: "bad" },
  "shape-mismatch": none,
  "size-mismatch": { tensor: "x", expected: 4, found: 5 },
  "invalid-value": { tensor: "x", expected: "a number", found: "a string" },
  "batch-too-large": { model: "m", limit: 1, found: 2 },
  "unknown-output": { model: "m", output: "y", expected: [] },
  "invalid-parameter": { parameter: "p", expected: "a number", found: "a string" },
  unsupported: { what: "it" },
  "model-not-ready": { model: "m", version: null, state: "loading", reason: "it loads" },
  "queue-full": { model: "m", version: "1.0", limit: 1 },
  "deadline-exceeded": { model: "m", limit: 1 },
  "engine-unavailable": { model: "m", reason: "it crashed" },
  "shutting-down": {},
  cancelled: {},
  "handler-failed": { model: "m", status: 503, reason: "it threw" },
  "engine-failed": { model: "m", reason: "bad shape" },
  internal: {},
};

const expected: Readonly<Record<InferenceErrorCode, readonly [number, string]>> = {
  "model-not-found": [404, "ModelNotFoundException"],
  "version-not-found": [404, "ModelVersionNotFoundException"],
  malformed: [400, "BadRequestException"],
  "too-large": [413, "TooLongHttpContentException"],
  "missing-input": [400, "BadRequestException"],
  "unexpected-input": [400, "BadRequestException"],
  "unknown-datatype": [400, "BadRequestException"],
  "datatype-mismatch": [400, "BadRequestException"],
  "invalid-shape": [400, "BadRequestException"],
  "shape-mismatch": [400, "BadRequestException"],
  "size-mismatch": [400, "BadRequestException"],
  "invalid-value": [400, "BadRequestException"],
  "batch-too-large": [400, "BadRequestException"],
  "unknown-output": [400, "BadRequestException"],
  "invalid-parameter": [400, "BadRequestException"],
  unsupported: [400, "BadRequestException"],
  "model-not-ready": [503, "ServiceUnavailableException"],
  "queue-full": [503, "ServiceUnavailableException"],
  "deadline-exceeded": [503, "InternalServerException"],
  "engine-unavailable": [503, "InternalServerException"],
  "shutting-down": [503, "ServiceUnavailableException"],
  cancelled: [503, "ServiceUnavailableException"],
  "handler-failed": [503, "InternalServerException"],
  "engine-failed": [503, "InternalServerException"],
  internal: [500, "InternalServerException"],
};

function documentOf<C extends InferenceErrorCode>(code: C, its: InferenceErrorFacts[C]) {
  return toErrorDocument(new InferenceError(code, its) as AnyInferenceError);
}

test("each code has its status and type", () => {
  for (const code of Object.keys(facts) as InferenceErrorCode[]) {
    const { code: status, type } = documentOf(code, facts[code]);
    assert.deepEqual([status, type], expected[code], code);
  }
});

test("a full queue is told in the original's words", () => {
  assert.equal(
    documentOf("queue-full", facts["queue-full"]).message,
    'Model "m Version 1.0" has no worker to serve inference request. Please use scale workers API to add workers. ' +
      "If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize",
  );
});

test("a handler's own code is kept where it is an error, and 413 becomes 507", () => {
  const statusOf = (status: number) => documentOf("handler-failed", { model: "m", status, reason: "" }).code;
  assert.deepEqual([418, 599, 413, 200, 600, Number.NaN].map(statusOf), [418, 599, 507, 503, 503, 503]);
});
