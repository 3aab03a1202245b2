// What `dev` keeps is found by whoever reads its ready line, wherever they stand.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { test } from "node:test";
import { openDevState } from "./dev-state.ts";

test("a folder that is given relative to this process has whole paths, and stays", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dev-state-"));
  try {
    let file = "";
    {
      await using state = await openDevState(relative(process.cwd(), join(folder, "state")));
      file = state.path("trust-anchor.json");
      await state.publish("trust-anchor.json", { name: "root" });
    }
    assert.ok(isAbsolute(file), file);
    assert.deepEqual(JSON.parse(await readFile(file, "utf8")), { name: "root" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("without a folder all of it goes away with the process", async () => {
  let file = "";
  {
    await using state = await openDevState(null);
    file = state.path("admin.key");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  }
  await assert.rejects(stat(file), { code: "ENOENT" });
});
