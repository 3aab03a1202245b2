// Honest archives are read; hostile ones are refused whole, with the entry named.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { type ZipEntry, type ZipOptions, zipBytes } from "../../../../conformance/fixtures/zip-writer.ts";
import { isLayoutError, type LayoutErrorCode } from "../layout-error.ts";
import { defaultArchiveLimits } from "./archive-limits.ts";
import { readArchive } from "./read-archive.ts";

const read = (entries: readonly ZipEntry[], options?: ZipOptions, limits = defaultArchiveLimits) =>
  readArchive({ name: "test.mar", bytes: zipBytes(entries, options) }, limits);

async function refusal(act: () => Promise<unknown>): Promise<{ code: LayoutErrorCode; entry: string | undefined }> {
  try {
    await act();
  } catch (error) {
    assert.ok(isLayoutError(error), String(error));
    return { code: error.code, entry: "entry" in error.facts ? error.facts.entry : undefined };
  }
  return assert.fail("was not refused");
}

const good: ZipEntry = { name: "good.txt", data: "good" };
const zeros = new Uint8Array(100_000);

describe("an archive", () => {
  it("gives its files, stored or deflated, and no directories", async () => {
    const archive = await read([
      { name: "b/", stored: true, mode: 0o040755 },
      { name: "b/c.txt", data: "deflated" },
      { name: "a.txt", data: "stored", stored: true },
    ]);
    assert.deepEqual(archive.list(), ["a.txt", "b/c.txt"]);
    assert.equal(archive.size("b/c.txt"), 8);
    assert.equal(archive.size("b"), null);
    assert.equal(archive.path("a.txt"), null);
    assert.equal(textOf(await archive.read("a.txt")), "stored");
    assert.equal(textOf(await archive.read("b/c.txt")), "deflated");
  });

  it("gives each file in a buffer of its own", async () => {
    const archive = await read([good]);
    const [first, second] = [await archive.read("good.txt"), await archive.read("good.txt")];
    assert.equal(first.byteLength, first.buffer.byteLength);
    assert.notEqual(first.buffer, second.buffer);
  });

  it("names the files it has when asked for another", async () => {
    const archive = await read([good]);
    await assert.rejects(archive.read("../good.txt"), {
      code: "file-missing",
      facts: { location: "test.mar", file: "../good.txt", found: ["good.txt"] },
    });
  });
});

describe("an archive is refused whole for", () => {
  const cases: readonly (readonly [string, ZipEntry, LayoutErrorCode])[] = [
    ["a path that leads outside", { name: "../evil.txt", data: "x" }, "entry-path"],
    ["a path that leads outside and back", { name: "a/../evil.txt", data: "x" }, "entry-path"],
    ["an absolute path", { name: "/etc/passwd", data: "x" }, "entry-path"],
    ["a drive letter", { name: "C:evil.txt", data: "x" }, "entry-path"],
    ["a backslash", { name: "..\\evil.txt", data: "x" }, "entry-path"],
    ["a NUL in a name", { name: "evil\0.txt", data: "x" }, "entry-path"],
    ["a line break in a name", { name: "evil\n.txt", data: "x" }, "entry-path"],
    ["an empty segment", { name: "a//evil.txt", data: "x" }, "entry-path"],
    ["a '.' segment", { name: "./evil.txt", data: "x" }, "entry-path"],
    ["an empty name", { name: "", data: "x" }, "entry-path"],
    ["a name that is not UTF-8", { name: Uint8Array.of(0xff, 0xfe), data: "x" }, "entry-path"],
    ["a symbolic link", { name: "link", data: "/etc/passwd", mode: 0o120777 }, "entry-type"],
    ["a device", { name: "device", mode: 0o020666 }, "entry-type"],
    ["a file that says it is a directory", { name: "file", mode: 0o040755 }, "entry-type"],
    ["the same name again", { name: "good.txt", data: "x" }, "entry-duplicate"],
    ["the same name in another case", { name: "GOOD.txt", data: "x" }, "entry-duplicate"],
    ["a file below a file", { name: "good.txt/x", data: "x" }, "entry-duplicate"],
    ["an encrypted entry", { name: "secret", data: "x", claims: { flags: 1 } }, "entry-encrypted"],
    ["an unknown compression", { name: "odd", data: "x", claims: { method: 12 } }, "entry-compression"],
    ["a ratio over 200:1", { name: "bomb", data: zeros }, "entry-ratio"],
    ["a claimed ratio over 200:1", { name: "bomb", data: "x", claims: { size: 0xfffffff0 } }, "entry-ratio"],
    ["a stored entry of two sizes", { name: "odd", data: "abc", stored: true, claims: { size: 9 } }, "entry-size"],
    ["a directory with contents", { name: "d/", data: "abc", stored: true, mode: 0o040755 }, "entry-size"],
    ["headers that disagree about the name", { name: "a", data: "x", localClaims: { name: "b" } }, "entry-malformed"],
    ["headers that disagree about the size", { name: "a", data: "x", localClaims: { size: 2 } }, "entry-malformed"],
    ["headers that disagree about encryption", { name: "a", data: "x", localClaims: { flags: 1 } }, "entry-malformed"],
    ["data beyond its end", { name: "a", data: "x", claims: { size: 99, packedSize: 99_999 } }, "entry-malformed"],
    ["an entry in another's bytes", { name: "twin", data: "good", sharesBytesWith: 0 }, "entry-overlap"],
  ];
  for (const [what, entry, code] of cases) {
    it(what, async () => {
      const found = await refusal(() => read([good, entry]));
      assert.equal(found.code, code);
      const name = typeof entry.name === "string" ? entry.name.replace(/\/$/, "") : "\xff\xfe";
      assert.equal(found.entry, name);
    });
  }

  it("a link, which it calls so", async () => {
    const link = { name: "link", data: "/etc/passwd", mode: 0o120777 };
    await assert.rejects(read([good, link]), {
      code: "entry-type",
      facts: { archive: "test.mar", entry: "link", problem: "a symbolic link" },
    });
  });

  it("names that are one after Unicode normalisation", async () => {
    const found = await refusal(() => read([{ name: "\u00e9.txt" }, { name: "e\u0301.txt" }]));
    assert.equal(found.code, "entry-duplicate");
  });

  it("100,000 entries, before any is read", async () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => ({ name: `${i}`, stored: true }));
    // 16 bits hold the count: what a reader of this archive sees is 34,464.
    assert.equal((await refusal(() => read(entries))).code, "too-many-entries");
  });

  it("more than the limit in all", async () => {
    const limits = { ...defaultArchiveLimits, maxTotalSize: 10 };
    const found = await refusal(() => read([good, { name: "more.txt", data: "1234567" }], {}, limits));
    assert.equal(found.code, "archive-too-large");
  });

  it("fewer entries than it promises", async () => {
    assert.equal((await refusal(() => read([good], { entryCount: 2 }))).code, "archive-malformed");
  });

  it("being no zip file at all, cut off, or with bytes behind its end", async () => {
    const whole = zipBytes([good]);
    for (const bytes of [utf8("not a zip"), new Uint8Array(), whole.slice(0, -10), new Uint8Array([...whole, 1])]) {
      assert.equal((await refusal(() => readArchive({ name: "x", bytes }))).code, "archive-malformed");
    }
  });
});

describe("reading an entry", () => {
  const lies: readonly (readonly [string, ZipEntry, LayoutErrorCode])[] = [
    ["holds more than it says", { name: "lie", data: "more than ten bytes", claims: { size: 10 } }, "entry-size"],
    ["holds less than it says", { name: "lie", data: "few", claims: { size: 10 } }, "entry-size"],
    ["has another checksum", { name: "lie", data: "abc", claims: { checksum: 1 } }, "entry-checksum"],
    [
      "is not what deflate makes",
      { name: "lie", data: "\xff\xff\xff", stored: true, claims: { method: 8 } },
      "entry-malformed",
    ],
  ];
  for (const [what, entry, code] of lies) {
    it(`refuses one that ${what}`, async () => {
      const archive = await read([entry, good]);
      assert.deepEqual(await refusal(() => archive.read("lie")), { code, entry: "lie" });
      assert.deepEqual(await refusal(() => archive.verify(["good.txt", "lie"])), { code, entry: "lie" });
    });
  }
});

describe("an archive on disk", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "archive-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("is read on demand, and nothing is written", async () => {
    const path = join(folder, "ok.mar");
    await writeFile(path, zipBytes([good]));
    const archive = await readArchive(path);
    assert.equal(textOf(await archive.read("good.txt")), "good");
    assert.deepEqual(await readdir(folder), ["ok.mar"]);
  });

  it("is refused when it changes between looking and reading", async () => {
    const path = join(folder, "changing.mar");
    await writeFile(path, zipBytes([good]));
    const archive = await readArchive(path);
    await writeFile(path, zipBytes([{ name: "good.txt", data: "evil, and longer" }]));
    assert.equal((await refusal(() => archive.read("good.txt"))).code, "archive-changed");
  });

  it("is refused when it is not there", async () => {
    assert.equal((await refusal(() => readArchive(join(folder, "none.mar")))).code, "file-unreadable");
  });
});

it("an archive with any bytes changed is read, or refused with a layout error", async () => {
  const whole = zipBytes([good, { name: "other.txt", data: "something longer, and longer still" }]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const archive = await readArchive({ name: "fuzzed", bytes });
          await archive.verify(archive.list());
        } catch (error) {
          assert.ok(isLayoutError(error), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
