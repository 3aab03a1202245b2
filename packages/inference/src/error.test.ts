// Errors carry a code and facts, and what was not foreseen shows nothing of its cause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceError, isInferenceError, toInferenceError } from "./error.ts";

test("a foreign error becomes internal, with its cause for the log and nothing of it in the message", () => {
  const cause = new Error("password=hunter2");
  const error = toInferenceError(cause);
  assert.equal(error.code, "internal");
  assert.equal(error.cause, cause);
  assert.ok(!error.message.includes("hunter2"));
});

test("an inference error stays itself, and its facts are typed by its code", () => {
  const error: unknown = new InferenceError("batch-too-large", { model: "m", limit: 4, found: 5 });
  assert.equal(toInferenceError(error), error);
  assert.ok(isInferenceError(error) && error.code === "batch-too-large" && error.facts.limit === 4);
});
