// Runs the demo as `make demo` does: it ends well only if every answer agrees.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

test("the demo reads the document through all three APIs, and from a sealed model over a verified connection", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "demo.ts")], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
  assert.doesNotMatch(stdout, /✗/);
  assert.equal([...stdout.matchAll(/Patient 4711 M\. Keller, HbA1c 8\.9 %, Metformin 850 mg/g)].length, 7);
});
