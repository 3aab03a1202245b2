// What a report says of a model wins over what its protocol lets one guess.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelMetadata } from "@sealserve/inference";
import type { ServedModel } from "@sealserve/protocols/mesh";
import { fakeReport, fakeServed } from "../testing/fake-backend.ts";
import { asReported } from "./reported-metadata.ts";

const guessed: ModelMetadata = {
  ...{ name: "m", version: "2", versions: ["1", "2"], platform: "custom", kind: "tensors", inputs: [], outputs: [] },
  maxBatchSize: Number.POSITIVE_INFINITY,
};
const served: ServedModel = { ...fakeServed, kind: "fields", maxBatchSize: 8 };
const [one] = fakeReport({ models: { m: "available" } }).models;
assert.ok(one);
const report = {
  ...fakeReport(),
  models: [
    { ...one, version: "2", isDefault: false },
    { ...one, served },
  ],
};

test("kind, limit and version are the report's", () => {
  const { version, kind, maxBatchSize } = asReported(guessed, { name: "m" }, report);
  assert.deepEqual([version, kind, maxBatchSize], ["1", "fields", 8]);
});

test("of a version that is named, whatever its spelling, and of no other", () => {
  assert.equal(asReported(guessed, { name: "m", version: "01" }, report).kind, "fields");
  assert.deepEqual(asReported(guessed, { name: "m", version: "2" }, report), guessed);
});

test("what the report does not tell stays", () => {
  assert.deepEqual(asReported(guessed, { name: "other" }, report), guessed);
  assert.deepEqual(asReported(guessed, { name: "m" }, null), guessed);
});
