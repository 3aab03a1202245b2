// Compressed tars as model archives: what the archiver writes is read, and whatever is not plain is refused whole.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { textOf } from "@sealserve/primitives";
import { type Header, pack } from "tar-stream";
import { defaultArchiveLimits } from "./archive-limits.ts";
import { readTarball, readTarballFile } from "./read-tarball.ts";

interface Entry extends Partial<Header> {
  readonly name: string;
  readonly data?: string | Buffer;
}

async function tarball(entries: readonly Entry[], level = 6): Promise<Buffer> {
  const tar = pack();
  for (const { data = "", ...header } of entries) {
    const content = header.type === undefined || header.type === "file" ? data : "";
    tar.entry({ ...header }, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks), { level });
}

const source = (bytes: Uint8Array) => ({ name: "m.tar.gz", bytes });
const plain: readonly Entry[] = [
  { name: "m", type: "directory" },
  { name: "m/MAR-INF/MANIFEST.json", data: "{}" },
  { name: "m/handler.py", data: "pass" },
  { name: "m/sub/empty", data: "" },
  { name: "top", data: "as it is" },
];

describe("a compressed tar", () => {
  for (const memoryOnly of [true, false]) {
    it(`gives its files without their first folder, ${memoryOnly ? "in memory" : "in a file without a name"}`, async () => {
      const archive = await readTarball(source(await tarball(plain)), { memoryOnly });
      assert.deepEqual(archive.list(), ["MAR-INF/MANIFEST.json", "handler.py", "sub/empty", "top"]);
      assert.deepEqual([archive.size("handler.py"), archive.size("m"), archive.path("handler.py")], [4, null, null]);
      assert.equal(textOf(await archive.read("handler.py")), "pass");
      assert.equal((await archive.read("sub/empty")).length, 0);
      const pieces: string[] = [];
      await archive.stream?.("top", (piece) => pieces.push(textOf(piece)), new AbortController().signal);
      assert.deepEqual(pieces, ["as it is"]);
      await assert.rejects(archive.read("none"), { code: "file-missing" });
      await archive.close?.();
    });
  }

  it("as `tar -C folder .` makes it is one, too", async () => {
    const entries = ["./", "./a", "./b/c"].map((name) => ({
      name,
      ...(name === "./" && { type: "directory" as const }),
    }));
    const archive = await readTarball(source(await tarball(entries)), { memoryOnly: true });
    assert.deepEqual(archive.list(), ["a", "b/c"]);
  });

  it("keeps large files apart", async () => {
    const data = (letter: string) => Buffer.alloc(3_000_000, letter);
    const bytes = await tarball(
      [
        { name: "m/a", data: data("a") },
        { name: "m/b", data: data("b") },
      ],
      0,
    );
    for (const memoryOnly of [true, false]) {
      const archive = await readTarball(source(bytes), { memoryOnly });
      assert.ok(Buffer.from(await archive.read("b")).equals(data("b")));
      let length = 0;
      const take = (piece: Uint8Array): void => {
        assert.ok(Buffer.from(piece).equals(data("a").subarray(0, piece.length)));
        length += piece.length;
      };
      await archive.stream?.("a", take, new AbortController().signal);
      assert.equal(length, 3_000_000);
      await archive.close?.();
    }
  });

  it("is read only as far as is needed for one file of it", async () => {
    const bytes = await tarball(plain);
    assert.equal(textOf((await readTarballFile(source(bytes), "handler.py", 10)) ?? new Uint8Array()), "pass");
    assert.equal(await readTarballFile(source(bytes), "handler.py", 3), null);
    assert.equal(await readTarballFile(source(bytes), "none", 10), null);
  });
});

describe("a compressed tar that is refused", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tarball-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const entries: readonly (readonly [string, readonly Entry[], string])[] = [
    ["climbs", [{ name: "m/../../x" }], "entry-path"],
    ["climbs at once", [{ name: "../x" }], "entry-path"],
    ["is absolute", [{ name: "/etc/x" }], "entry-path"],
    ["has a backslash", [{ name: "m\\..\\x" }], "entry-path"],
    ["has a symbolic link", [{ name: "m/x", type: "symlink", linkname: "/etc/passwd" }], "entry-type"],
    ["has a hard link", [{ name: "m/x", type: "link", linkname: "m/y" }], "entry-type"],
    ["has a device", [{ name: "m/x", type: "character-device" }], "entry-type"],
    ["has a pipe", [{ name: "m/x", type: "fifo" }], "entry-type"],
    ["has a name twice", [{ name: "m/x" }, { name: "m/X" }], "entry-duplicate"],
    ["has one name from two folders", [{ name: "m/x" }, { name: "n/x" }], "entry-duplicate"],
    ["has a file as a folder", [{ name: "m/x" }, { name: "m/x/y" }], "entry-duplicate"],
    ["has a folder as a file", [{ name: "m/x/y" }, { name: "m/x" }], "entry-duplicate"],
  ];
  for (const [what, list, code] of entries) {
    it(what, async () => {
      const bytes = await tarball(list);
      for (const memoryOnly of [true, false])
        await assert.rejects(readTarball(source(bytes), { memoryOnly }), { code });
    });
  }

  it("is broken", async () => {
    const good = await tarball(plain);
    const flipped = Buffer.from(good);
    flipped.writeUInt8(good.readUInt8(good.length - 6) ^ 1, good.length - 6);
    const broken = [
      Buffer.alloc(0),
      Buffer.from("no gzip"),
      good.subarray(0, 40),
      good.subarray(0, -5),
      flipped,
      gzipSync("x".repeat(600)),
    ];
    for (const bytes of broken) {
      await assert.rejects(readTarball(source(bytes), { memoryOnly: true }), { code: "archive-malformed" });
    }
    await writeFile(join(folder, "a.tgz"), good.subarray(0, 40));
    await assert.rejects(readTarball(join(folder, "a.tgz"), { memoryOnly: false }), { code: "archive-malformed" });
    await assert.rejects(readTarball(join(folder, "none.tgz"), { memoryOnly: false }), { code: "file-unreadable" });
    await assert.rejects(readTarball(folder, { memoryOnly: false }), { code: "file-unreadable" });
  });

  it("is too much", async () => {
    const bytes = await tarball(plain);
    const read = (limits: object) =>
      readTarball(source(bytes), { memoryOnly: true, limits: { ...defaultArchiveLimits, ...limits } });
    await assert.rejects(read({ maxEntries: 3 }), { code: "too-many-entries" });
    await assert.rejects(read({ maxTotalSize: 1000 }), { code: "archive-too-large" });
    const bomb = await tarball([{ name: "m/zeros", data: Buffer.alloc(64 << 20) }], 9);
    await assert.rejects(readTarball(source(bomb), { memoryOnly: true }), { code: "entry-ratio" });
    assert.ok(!(await readdir(tmpdir())).some((name) => /^sealserve-[0-9a-f-]{36}$/.test(name)));
  });
});
