// The digest of a set of models: order and copies do not matter, everything else does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type MeasuredModel, modelSetDigest } from "./model-set.ts";

const of = (model: string, version: string, byte: number): MeasuredModel => ({
  ...{ model, version },
  root: new Uint8Array(32).fill(byte),
});
const [a, b, other] = [of("a", "1", 1), of("b", "10", 2), of("b", "10", 3)];

test("order and copies do not matter", () => {
  assert.deepEqual(modelSetDigest([a, b]), modelSetDigest([b, a, b]));
  assert.deepEqual(modelSetDigest([a, b, other]), modelSetDigest([other, b, a]));
});

test("each name, version and root does", () => {
  const sets = [[], [a], [b], [a, b], [a, other], [a, b, other], [of("b1", "0", 2)], [of("a", "2", 1)]];
  assert.equal(new Set(sets.map((set) => Buffer.from(modelSetDigest(set)).toString("hex"))).size, sets.length);
});
