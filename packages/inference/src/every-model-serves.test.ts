// Health as a table: states of versions, and whether every model serves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { everyModelServes } from "./every-model-serves.ts";
import type { ModelStatus } from "./model.ts";

const failed = { state: "end", reason: "it is not ONNX" } as const;
const cases: readonly [string, readonly Omit<ModelStatus, "name" | "version">[], boolean][] = [
  ["no models", [], true],
  ["one that serves", [{ state: "available" }], true],
  ["one that loads", [{ state: "loading" }], false],
  ["one that failed", [failed], false],
  ["one that was unloaded", [{ state: "end" }], true],
  ["one that is being unloaded", [{ state: "unloading" }], true],
  ["a failed new version beside the old one", [failed, { state: "available" }], true],
];

for (const [name, states, serves] of cases) {
  test(name, () => {
    const statuses = states.map((status, i) => ({ name: "m", version: String(i), ...status }));
    assert.equal(everyModelServes(statuses), serves);
    const withAnother: readonly ModelStatus[] = [...statuses, { name: "other", version: "1", state: "available" }];
    assert.equal(everyModelServes(withAnother), serves);
  });
}
