// Release policies are data of a closed form (security case E8): nothing in them runs, and nothing comes from a prototype.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReleasePolicy } from "./release-policy.ts";

const appraisal = { name: "p", references: [], tcbStatuses: ["UpToDate"], hardwareIds: null };
const written = JSON.stringify({ appraisal, keys: ["k"] });

test("what may be left out takes its strictest value", () => {
  const { roles, releaseLimit, keys } = parseReleasePolicy(JSON.parse(written));
  assert.deepEqual([roles, releaseLimit, keys], [[], null, ["k"]]);
});

const refused: readonly (readonly [string, unknown])[] = [
  ["a member __proto__", JSON.parse(`{"__proto__":{"roles":["backend"]},${written.slice(1)}`)],
  ["its members on a prototype", Object.create(JSON.parse(written))],
  ["an appraisal with __proto__", JSON.parse(written.replace('"name"', '"__proto__":{},"name"'))],
  ["a slip in a key", { appraisal, keys: ["k"], releaselimit: 1 }],
  ["no keys", { appraisal }],
  ["a key twice", { appraisal, keys: ["k", "k"] }],
  ["a key that is a path", { appraisal, keys: ["../k"] }],
  ["any role", { appraisal, keys: [], roles: ["any"] }],
  ["a limit below nothing", { appraisal, keys: [], releaseLimit: -1 }],
  ["a limit that is text", { appraisal, keys: [], releaseLimit: "1" }],
  ["no appraisal", { keys: [] }],
  ["nothing", null],
];
for (const [what, data] of refused) {
  test(`refused whole: ${what}`, () => {
    assert.throws(() => parseReleasePolicy(data), { code: "malformed-request" });
  });
}
