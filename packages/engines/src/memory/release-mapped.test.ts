// Files go once they are mapped, but none before half of all bytes are; and what cannot be seen stays.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { VirtualClock } from "../../../../conformance/suites/virtual-clock.ts";
import { MemoryFolder } from "./memory-folder.ts";
import { MappedRelease } from "./release-mapped.ts";

const missing = existsSync("/dev/shm") ? false : "this machine has no /dev/shm";

/** Looks once for each list of names that are mapped then; gives what is left each time. */
async function looks(mapped: readonly (readonly string[] | null)[]): Promise<{ left: string[][]; began: boolean }> {
  await using folder = new MemoryFolder(await mkdtemp("/dev/shm/test-"), 0);
  const sizes = new Map([
    ["a", 10],
    ["b", 20],
    ["c", 30],
  ]);
  for (const name of [...sizes.keys(), "model.onnx"]) folder.create(name).close();
  const clock = new VirtualClock();
  let look = 0;
  const seen = async (pid: number): Promise<string> => {
    assert.equal(pid, 7);
    const names = mapped[look++];
    if (!names) throw new Error("it cannot be seen");
    const line = (path: string, end = ""): string => `7f00-7f01 r--p 00000000 00:1a 5  ${path}${end}`;
    const other = [line("/usr/lib/libc.so"), "7f10-7f11 rw-p 00000000 00:00 0"];
    return [
      ...other,
      ...names.map((name) => line(`${folder.path}/${name}`, existsSync(`${folder.path}/${name}`) ? "" : " (deleted)")),
    ].join("\n");
  };
  const release = new MappedRelease({ folder, sizes, pid: 7 }, { clock, maps: seen });
  const left: string[][] = [];
  for (const _ of mapped) {
    clock.advance(4);
    await new Promise((resolve) => setImmediate(resolve));
    left.push((await readdir(folder.path)).filter((name) => name !== "model.onnx").sort());
  }
  release.stop();
  return { left, began: release.began };
}

describe("files of a memory folder", { skip: missing }, () => {
  it("go as they are mapped, once half of all bytes are mapped at once", async () => {
    const { left, began } = await looks([["a"], [], ["b"], ["a", "b"], ["b"], ["c"]]);
    assert.deepEqual(left, [["a", "b", "c"], ["a", "b", "c"], ["a", "b", "c"], ["c"], ["c"], []]);
    assert.ok(began);
  });

  it("stay where only a few are mapped, or nothing can be seen", async () => {
    assert.deepEqual(await looks([["a"], ["b"]]), { left: Array(2).fill(["a", "b", "c"]), began: false });
    assert.deepEqual(await looks([null, ["c"]]), { left: Array(2).fill(["a", "b", "c"]), began: false });
  });
});
