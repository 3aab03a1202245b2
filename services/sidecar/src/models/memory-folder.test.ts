// Which folders count as memory, and that nothing of what lay in one is left.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type KernelView, openMemoryFolder } from "./memory-folder.ts";
import { mountOf, swapsIn } from "./mounts.ts";

const swap = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const kernel = (type: string, options: string, magic = 0x01021994, swaps = swap): KernelView => ({
  mountInfo: async () =>
    `1 0 8:1 / / rw - ext4 /dev/vda rw\n2 1 0:5 / /dev/shm rw,nosuid - ${type} shm rw${options}\nnot a line of the kernel\n`,
  swaps: async () => swaps,
  fileSystemType: async () => magic,
});
const swapping = `${swap}/dev/zram0                              partition\t1\t0\t-2\n/swap\\040file file 1 0 -3\n`;
const shm = { skip: existsSync("/dev/shm") ? false : "this machine has no /dev/shm" };

test("a folder lies on the longest mount above it, of two at one point on the later", () => {
  const info = [
    "1 0 8:1 / / rw - ext4 /dev/vda rw",
    "2 1 0:5 / /run rw shared:1 - tmpfs tmpfs rw",
    "3 2 8:1 / /run/a\\040b rw - xfs /dev/vdb rw",
    "4 2 0:6 / /run/a\\040b rw master:2 propagate_from:1 - tmpfs tmpfs rw,noswap",
  ].join("\n");
  assert.equal(mountOf("/runner", info)?.type, "ext4");
  assert.equal(mountOf("/run", info)?.type, "tmpfs");
  assert.deepEqual(mountOf("/run/a b/c", info)?.options, ["rw", "rw", "noswap"]);
  assert.equal(mountOf("/run", ""), null);
});

test("swap devices are told by name", () => {
  assert.deepEqual(swapsIn(swap), []);
  assert.deepEqual(swapsIn(swapping), ["/dev/zram0", "/swap\\040file"]);
});

test("a disk is refused, and so is what only one witness calls memory", shm, async () => {
  await assert.rejects(openMemoryFolder("/dev/shm", kernel("ext4", "")), { code: "not-in-memory" });
  await assert.rejects(openMemoryFolder("/dev/shm", kernel("tmpfs", "", 0xef53)), { code: "not-in-memory" });
  const silent = { ...kernel("tmpfs", ""), mountInfo: () => Promise.reject(new Error("no such file")) };
  await assert.rejects(openMemoryFolder("/dev/shm", silent), { code: "not-in-memory" });
  await assert.rejects(openMemoryFolder("/dev/shm/not there"), { code: "not-in-memory" });
  if (mountOf(tmpdir(), await readFile("/proc/self/mountinfo", "utf8"))?.type !== "tmpfs") {
    await assert.rejects(openMemoryFolder(tmpdir()), { code: "not-in-memory" });
  }
});

test("memory that may be swapped out is refused; noswap, and a ramfs, never are", shm, async () => {
  const opens = async (view: KernelView): Promise<void> => {
    const folder = await openMemoryFolder("/dev/shm", view);
    await folder[Symbol.asyncDispose]();
  };
  await assert.rejects(opens(kernel("tmpfs", "", 0x01021994, swapping)), {
    code: "memory-swappable",
    facts: { folder: "/dev/shm", swaps: ["/dev/zram0", "/swap\\040file"] },
  });
  await opens(kernel("tmpfs", ",noswap", 0x01021994, swapping));
  await opens(kernel("ramfs", "", 0x858458f6, swapping));
  await opens(kernel("tmpfs", ""));
});

test(
  "the folder is its owner's alone; at the end its bytes are zeros and its files gone, and links lead nowhere",
  shm,
  async () => {
    const outside = join(tmpdir(), `sidecar-wipe-${process.pid}`);
    await writeFile(outside, "kept");
    const folder = await openMemoryFolder("/dev/shm", kernel("tmpfs", ""));
    assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
    const inner = join(folder.models, "m");
    await mkdir(inner);
    const file = join(inner, "weights");
    await writeFile(file, Buffer.alloc(3 << 20, 7));
    await using held = await open(file);
    await chmod(file, 0o400);
    await chmod(inner, 0o500);
    await symlink(outside, join(folder.scratch, "link"));
    await folder[Symbol.asyncDispose]();
    assert.equal(existsSync(folder.path), false);
    const left = Buffer.alloc(3 << 20, 1);
    await held.read(left, 0, left.length, 0);
    assert.ok(left.every((byte) => byte === 0));
    assert.equal(await readFile(outside, "utf8"), "kept");
  },
);
