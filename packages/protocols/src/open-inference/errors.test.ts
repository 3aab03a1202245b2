// Each error has its status and sentence, and the client makes the right error of them again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { receive } from "@sealserve/conformance/suites/protocol-suite";
import { type AnyInferenceError, InferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { readError } from "./error-reader.ts";
import { refuse } from "./errors.ts";

const model = { name: "m", version: "2" };

const cases: readonly (readonly [error: InferenceError, status: number, sentence: string, readAs: string])[] = [
  [
    new InferenceError("model-not-found", { model: "m" }),
    404,
    "Request for unknown model: 'm' is not found",
    "model-not-found",
  ],
  [
    new InferenceError("version-not-found", { model: "m", version: "2" }),
    404,
    "Request for unknown model: 'm' version 2 is not found",
    "version-not-found",
  ],
  [
    new InferenceError("model-not-ready", { model: "m", version: "2", state: "loading", reason: "loading" }),
    503,
    "Request for unknown model: 'm' version 2 is not at ready state: loading",
    "model-not-ready",
  ],
  [
    new InferenceError("model-not-ready", { model: "m", version: null, state: "end", reason: "broken" }),
    404,
    "Request for unknown model: 'm' has no available versions: broken",
    "model-not-ready",
  ],
  [
    new InferenceError("missing-input", { model: "m", missing: ["B"], expected: ["A", "B"], found: ["A"] }),
    400,
    "expected 2 inputs but got 1 inputs for model 'm'. Got input(s) ['A'], but missing required input(s) ['B']. " +
      "Please provide all required input(s).",
    "malformed",
  ],
  [
    new InferenceError("unexpected-input", { model: "m", input: "C", expected: ["A"], found: ["A", "C"] }),
    400,
    "unexpected inference input 'C' for model 'm', which expects ['A']",
    "malformed",
  ],
  [
    new InferenceError("datatype-mismatch", { model: "m", input: "I", expected: "INT32", found: "FP32" }),
    400,
    "inference input 'I' data-type is 'FP32', but model 'm' expects 'INT32'",
    "malformed",
  ],
  [
    new InferenceError("shape-mismatch", { model: "m", input: "I", expected: [-1, 16], found: [1, 15] }),
    400,
    "unexpected shape for input 'I' for model 'm'. Expected [-1,16], got [1,15].",
    "malformed",
  ],
  [
    new InferenceError("batch-too-large", { model: "m", limit: 8, found: 9 }),
    400,
    "inference request batch-size must be <= 8 for 'm'",
    "malformed",
  ],
  [
    new InferenceError("unknown-output", { model: "m", output: "O", expected: [] }),
    400,
    "unexpected inference output 'O' for model 'm'",
    "malformed",
  ],
  [
    new InferenceError("queue-full", { model: "m", version: "2", limit: 1 }),
    503,
    "Exceeds maximum queue size",
    "engine-unavailable",
  ],
  [
    new InferenceError("deadline-exceeded", { model: "m", limit: 1 }),
    503,
    "Request timeout expired",
    "engine-unavailable",
  ],
  [new InferenceError("shutting-down", {}), 503, "Server exiting", "shutting-down"],
  [new InferenceError("unsupported", { what: "it" }), 501, "it is not supported", "unsupported"],
  [new InferenceError("internal", {}, new Error("secret")), 500, "internal error", "engine-failed"],
  [
    new InferenceError("handler-failed", { model: "m", status: 513, reason: "why" }),
    513,
    "the handler of model 'm' failed: why",
    "handler-failed",
  ],
  [
    new InferenceError("handler-failed", { model: "m", status: 7, reason: "why" }),
    503,
    "the handler of model 'm' failed: why",
    "engine-unavailable",
  ],
];

describe("Open Inference errors", () => {
  for (const [error, status, sentence, readAs] of cases) {
    it(`${error.code} is ${status}: ${sentence}`, async () => {
      const answer = await receive(refuse(error as AnyInferenceError));
      assert.deepEqual([answer.status, JSON.parse(textOf(answer.body))], [status, { error: sentence }]);
      assert.equal(readError(answer, model).code, readAs);
    });
  }

  it("keeps the facts that the sentence tells", async () => {
    const facts = { model: "m", version: "2", state: "end", reason: "no ONNX file:\nbad magic" } as const;
    const error = new InferenceError("model-not-ready", facts) as AnyInferenceError;
    assert.deepEqual(readError(await receive(refuse(error)), model).facts, facts);
  });

  it("reads answers that are no refusals of this protocol by their status alone", () => {
    const read = (status: number, body: string): InferenceError =>
      readError({ status, headers: {}, body: utf8(body) }, model);
    for (const body of ["", "<html>", "[]", '{"error":{}}']) {
      assert.equal(read(404, body).code, "model-not-found");
      assert.equal(read(400, body).code, "malformed");
      assert.equal(read(502, body).code, "handler-failed");
      assert.equal(read(503, body).code, "engine-unavailable");
    }
  });
});
