// Every inference error has a TorchServe status and type.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, oneOfEach } from "@sealserve/conformance/fixtures/inference-errors";
import type { InferenceErrorCode } from "@sealserve/inference";
import { toErrorDocument } from "./errors.ts";

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
  unauthorized: [400, "InvalidKeyException"],
  "model-not-ready": [503, "ServiceUnavailableException"],
  "no-instance": [503, "ServiceUnavailableException"],
  "queue-full": [503, "ServiceUnavailableException"],
  "deadline-exceeded": [500, "InternalServerException"],
  unreachable: [503, "InternalServerException"],
  "engine-unavailable": [500, "InternalServerException"],
  "shutting-down": [503, "ServiceUnavailableException"],
  cancelled: [503, "ServiceUnavailableException"],
  "handler-failed": [503, "InternalServerException"],
  "engine-failed": [503, "InternalServerException"],
  unavailable: [503, "ServiceUnavailableException"],
  "model-set-changed": [503, "ServiceUnavailableException"],
  "not-converged": [503, "ServiceUnavailableException"],
  "load-failed": [500, "InternalServerException"],
  "already-loaded": [409, "ConflictStatusException"],
  "default-version": [403, "InvalidModelVersionException"],
  internal: [500, "InternalServerException"],
};

test("each code has its status and type", () => {
  for (const error of oneOfEach()) {
    const { code: status, type } = toErrorDocument(error);
    assert.deepEqual([status, type], expected[error.code], error.code);
  }
});

test("a full queue is told in the original's words", () => {
  assert.equal(
    toErrorDocument(errorOf("queue-full")).message,
    'Model "m" Version 1.0" has no worker to serve inference request. Please use scale workers API to add workers. ' +
      "If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize",
  );
});

test("a handler's own code is kept where HTTP can send it, and 413 becomes 507", () => {
  const statusOf = (status: number) =>
    toErrorDocument(errorOf("handler-failed", { model: "m", status, reason: "" })).code;
  assert.deepEqual([418, 999, 413, 200, 1000, 100, Number.NaN].map(statusOf), [418, 999, 507, 200, 503, 503, 503]);
});
