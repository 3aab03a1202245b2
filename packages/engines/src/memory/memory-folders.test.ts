// Memory folders: only where they are in memory, this user's alone, promised once, and swept when their process is gone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { folderPrefix } from "./folder-owner.ts";
import { MemoryFolderFault } from "./memory-folder.ts";
import { type MemoryFolders, type NoRoom, openMemoryFolders } from "./memory-folders.ts";

const missing = existsSync("/dev/shm") ? false : "this machine has no /dev/shm";

describe("memory folders", { skip: missing }, () => {
  let root = "";
  const refused: NoRoom[] = [];
  before(async () => {
    root = await mkdtemp("/dev/shm/test-");
  });
  after(() => rm(root, { recursive: true }));

  async function open(path: string | false = root): Promise<MemoryFolders> {
    const folders = await openMemoryFolders({ path }, { onNoRoom: (facts) => refused.push(facts) });
    assert.ok(folders);
    return folders;
  }

  it("are this user's alone, and gone with all that is in them", async () => {
    const folders = await open();
    const folder = await folders.create(100);
    assert.ok(folder);
    const file = folder.create("a/b");
    file.write(Uint8Array.of(1, 2));
    file.write(Uint8Array.of(3));
    folder.create("left open").write(Uint8Array.of(4));
    file.close();
    const modes = [folder.path, join(folder.path, "a"), join(folder.path, "a/b"), join(folder.path, "left open")];
    const found = await Promise.all(modes.map(async (path) => (await stat(path)).mode & 0o777));
    assert.deepEqual(found, [0o700, 0o700, 0o600, 0o600]);
    assert.deepEqual([...(await readFile(join(folder.path, "a/b")))], [1, 2, 3]);
    assert.throws(() => folder.create("a/b"), MemoryFolderFault);
    await folder[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(root), []);
  });

  it("are refused where files would reach a disk, or cannot be written", async () => {
    const disk = await mkdtemp(join(tmpdir(), "disk-"));
    const parts = { onNoRoom: () => {} };
    try {
      const isMemory = (await statfs(disk)).type === 0x01021994;
      if (!isMemory) await assert.rejects(openMemoryFolders({ path: disk }, parts), { code: "not-in-memory" });
      await assert.rejects(openMemoryFolders({ path: "/proc" }, parts), { code: "not-in-memory" });
      await assert.rejects(openMemoryFolders({ path: join(disk, "none") }, parts), { code: "folder-unusable" });
    } finally {
      await rm(disk, { recursive: true });
    }
    assert.equal(await openMemoryFolders({ path: false }, parts), null);
  });

  it("are not made without room, and no room is promised twice", async () => {
    const folders = await open();
    const { bavail, bsize } = await statfs(root);
    const most = Math.floor(bavail * bsize * 0.7);
    const first = await folders.create(most);
    assert.ok(first);
    refused.length = 0;
    assert.equal(await folders.create(most), null);
    assert.deepEqual([refused.length, refused[0]?.wanted, refused[0]?.path], [1, most, root]);
    await first[Symbol.asyncDispose]();
    await using second = await folders.create(most);
    assert.ok(second);
  });

  it("are not made where their place is gone", async () => {
    const gone = await mkdtemp(join(root, "gone-"));
    const folders = await open(gone);
    await rm(gone, { recursive: true });
    await assert.rejects(folders.create(1), MemoryFolderFault);
  });

  it("of a process that was killed are removed by the next one, and no others", async () => {
    const script = `
      const { openMemoryFolders } = await import(process.argv[1]);
      const folders = await openMemoryFolders({ path: process.argv[2] }, { onNoRoom() {} });
      const folder = await folders.create(10);
      folder.create("m.onnx").write(Uint8Array.of(1));
      console.log(folder.path);
      setInterval(() => {}, 1000);`;
    const module = new URL("./memory-folders.ts", import.meta.url).href;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, module, root]);
    const [path] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    const killed = path.trim();
    await open();
    assert.ok(existsSync(join(killed, "m.onnx")), "its process still runs");
    child.kill("SIGKILL");
    await once(child, "exit");

    const own = await folderPrefix();
    const elsewhere = own.replace(/^sealserve-\w+-/, "sealserve-1-");
    const kept = [`${own}aaaaaa`, `${elsewhere}aaaaaa`, "somebody", "sealserve-x"];
    for (const name of kept) await mkdir(join(root, name));
    await mkdir(join(root, `${elsewhere}bbbbbb`));
    await utimes(join(root, `${elsewhere}bbbbbb`), 0, 0);
    await writeFile(join(root, `${own.replace(/-\d+-$/, "-1-")}cccccc`), "no folder");
    await symlink(tmpdir(), join(root, `${own.replace(/-\d+-$/, "-1-")}dddddd`));
    await mkdir(join(root, `${own.replace(/-\d+-$/, "-1-")}eeeeee`));
    await open();
    const left = (await readdir(root)).map((name) => name.replace(/.*-(?=\w{6}$)/, ""));
    assert.deepEqual(left.sort(), ["aaaaaa", "aaaaaa", "cccccc", "dddddd", "sealserve-x", "somebody"].sort());
    assert.ok(!existsSync(killed));
  });
});
