// Proves that the committed code of the .proto sources is what they generate.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { generated, generateProto } from "./generate-proto.ts";

test("generated code is that of the sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "sealserve-proto-"));
  try {
    const fresh = join(folder, "generated");
    generateProto(fresh);
    const filesOf = (cwd: string) => globSync("**/*.ts", { cwd }).sort();
    assert.deepEqual(filesOf(generated), filesOf(fresh), "node tools/generate-proto.ts was not run");
    for (const file of filesOf(fresh)) {
      assert.equal(readFileSync(join(generated, file), "utf8"), readFileSync(join(fresh, file), "utf8"), file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
