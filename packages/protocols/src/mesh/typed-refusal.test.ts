// Every error that a backend refuses with arrives as it was; what does not fit the form is told in the protocol's words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, oneOfEach } from "@sealserve/conformance/fixtures/inference-errors";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { type AnyInferenceError, InferenceError, toInferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";
import { openInference, readError } from "../open-inference/index.ts";
import { notStartedHeaders, tellingNotStarted } from "./not-started.ts";
import { readRefusal, tellingErrors } from "./typed-refusal.ts";

const plain = openInference({
  ...{ service: new ModelService([]), live: () => true, ready: () => true },
  server: { name: "x", version: "0" },
});
const telling = tellingErrors(tellingNotStarted(plain));

function answerOf({ status, headers, body }: HttpReply) {
  return { status, headers, body: concatBytes(body as readonly Bytes[]) };
}

function through(error: InferenceError): AnyInferenceError | null {
  const read = readRefusal(answerOf(telling.refuse(toInferenceError(error))));
  return read && toInferenceError(read);
}

for (const error of oneOfEach()) {
  if (error.code === "unreachable") continue;
  test(`${error.code} arrives with its facts, and is refused as it would have been`, () => {
    const read = through(error);
    assert.ok(read);
    assert.deepEqual([read.code, read.message], [error.code, error.message]);
    assert.deepEqual({ ...error.facts, ...read.facts }, error.facts);
    assert.deepEqual(answerOf(plain.refuse(read)), answerOf(plain.refuse(error)));
  });
}

test("facts that may be left out may be left out", () => {
  for (const error of [
    errorOf("malformed", { problem: "bad", offset: 7 }),
    errorOf("size-mismatch", { model: "m", tensor: "x", expected: 1, found: 2 }),
    errorOf("too-large", { what: "it", limit: 1, found: null }),
    errorOf("model-not-ready", { model: "m", version: "2", state: "end", reason: '\u0000 \u{1f600} \\ "' }),
  ]) {
    assert.deepEqual(through(error)?.facts, error.facts);
  }
});

test("what a client of Open Inference alone reads is what it was", () => {
  for (const error of oneOfEach()) {
    const [told, words] = [answerOf(telling.refuse(error)), answerOf(plain.refuse(error))];
    assert.equal(told.status, words.status);
    assert.equal(readError(told, { name: "m" }).message, readError(words, { name: "m" }).message);
  }
});

test("whether a request was begun is still told", () => {
  const { headers } = telling.refuse(errorOf("queue-full"));
  assert.deepEqual({ ...headers, ...notStartedHeaders }, headers);
});

test("who cannot be reached behind a backend is not told, nor what is too long or no JSON has", () => {
  const unfit: readonly InferenceError[] = [
    new InferenceError("unreachable", { where: "http://10.0.0.7", reason: "?", started: false }),
    new InferenceError("handler-failed", { model: "m", status: 500, reason: "x".repeat(65 * 1024) }),
    new InferenceError("handler-failed", { model: "m", status: 500, reason: "\ud800" }),
    new InferenceError("batch-too-large", { model: "m", limit: Number.POSITIVE_INFINITY, found: 1 }),
    new InferenceError("unknown-output", { model: "m", output: "y", expected: Array(10_001).fill("x") }),
    new InferenceError("unknown-output", { model: "m", output: "y", expected: Array(9_999).fill("x".repeat(110)) }),
  ];
  for (const error of unfit) {
    const refused = toInferenceError(error);
    assert.deepEqual(answerOf(telling.refuse(refused)), answerOf(plain.refuse(refused)));
  }
});

test("documents of another form tell nothing", () => {
  const { headers } = telling.refuse(errorOf("internal"));
  const fit = { error: "x", code: "model-not-found", facts: { model: "m" } };
  const told = (document: unknown, type = headers) =>
    readRefusal({ headers: type, body: utf8(typeof document === "string" ? document : JSON.stringify(document)) });
  assert.equal(told(fit)?.code, "model-not-found");
  assert.equal(told(fit, { "content-type": "application/json" }), null);
  const { error: _, ...headless } = fit;
  for (const fault of [
    ...["", "{", "null", "[]", headless],
    { ...fit, more: 1 },
    { ...fit, code: "unreachable", facts: { where: "x", reason: "y", started: false } },
    { ...fit, code: "toString" },
    { ...fit, code: "__proto__" },
    { ...fit, facts: null },
    { ...fit, facts: {} },
    { ...fit, facts: { model: 1 } },
    { ...fit, facts: { model: "m", more: 1 } },
  ]) {
    assert.equal(told(fault), null, JSON.stringify(fault));
  }
});
