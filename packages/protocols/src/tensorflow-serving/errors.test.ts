// Every inference error has a TensorFlow Serving status, and the original's sentence where there is one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, oneOfEach } from "@sealserve/conformance/fixtures/inference-errors";
import type { InferenceErrorCode } from "@sealserve/inference";
import { toErrorAnswer } from "./errors.ts";

const statuses: Readonly<Record<InferenceErrorCode, number>> = {
  "model-not-found": 404,
  "version-not-found": 404,
  malformed: 400,
  "too-large": 413,
  "missing-input": 400,
  "unexpected-input": 400,
  "unknown-datatype": 400,
  "datatype-mismatch": 400,
  "invalid-shape": 400,
  "shape-mismatch": 400,
  "size-mismatch": 400,
  "invalid-value": 400,
  "batch-too-large": 400,
  "unknown-output": 400,
  "invalid-parameter": 400,
  unsupported: 501,
  unauthorized: 401,
  "model-not-ready": 404,
  "no-instance": 404,
  "queue-full": 503,
  "deadline-exceeded": 504,
  unreachable: 503,
  "engine-unavailable": 503,
  "shutting-down": 503,
  cancelled: 499,
  "handler-failed": 503,
  "engine-failed": 500,
  unavailable: 503,
  "model-set-changed": 503,
  "not-converged": 503,
  "load-failed": 500,
  "already-loaded": 400,
  "default-version": 400,
  internal: 500,
};

test("each code has its status", () => {
  for (const error of oneOfEach()) assert.equal(toErrorAnswer(error).status, statuses[error.code], error.code);
});

test("sentences are the original's", () => {
  const sentence = (...error: Parameters<typeof errorOf>) => toErrorAnswer(errorOf(...error)).message;
  assert.equal(sentence("model-not-found"), "Servable not found for request: Latest(m)");
  assert.equal(sentence("version-not-found"), "Servable not found for request: Specific(m, 2)");
  assert.match(sentence("model-not-ready"), /^Servable not found for request: Latest\(m\): .*it loads$/);
  assert.match(sentence("queue-full"), /^The batch scheduling queue to which this task was submitted is full/);
  assert.equal(sentence("batch-too-large"), "Task size 2 is larger than maximum input batch size 1");
  assert.equal(sentence("malformed", { problem: "bad", offset: 7 }), "JSON Parse error: bad at offset: 7");
  assert.equal(sentence("malformed", { problem: "bad" }), "bad");
  assert.equal(
    sentence("invalid-value", { tensor: "x", expected: "FP32", found: "a string as element 1" }),
    "JSON Value: ... Type: a string as element 1 of tensor 'x' is not of expected type: float",
  );
});
