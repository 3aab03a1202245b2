// A stamp stays while nothing changes, and changes with anything below.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileStamp } from "./file-stamp.ts";

test("a stamp changes when a file below grows, comes or goes, and not otherwise", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-stamp-"));
  try {
    await mkdir(join(folder, "1"));
    const file = join(folder, "1/model.onnx");
    const stamps = new Set<string>();
    const differs = async (): Promise<void> => {
      const stamp = await fileStamp([folder]);
      assert.equal(await fileStamp([folder]), stamp);
      assert.ok(!stamps.has(stamp), stamp);
      stamps.add(stamp);
    };
    await differs();
    await writeFile(file, "a");
    await differs();
    await writeFile(file, "ab");
    await differs();
    await rm(file);
    await differs();
    assert.match(await fileStamp([file]), /ENOENT/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
