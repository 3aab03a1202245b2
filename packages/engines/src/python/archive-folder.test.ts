// The folders that archives are unpacked into: this user's alone, whole, and gone afterwards, also after a server that was killed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { it } from "node:test";
import { memoryFiles } from "../../../../conformance/fixtures/model-definition.ts";
import { openArchiveFolder, sweepTemporaryFolders, temporaryFolder } from "./archive-folder.ts";

const never = new AbortController().signal;
const parts = { memoryFolders: null };

it("an archive's files lie in a folder of this user alone, until it is closed", async () => {
  const files = { ...memoryFiles({ "a/b.txt": Buffer.from("b"), "c.txt": Buffer.from("c") }) };
  const pieces = [Buffer.from("long "), Buffer.from("file")];
  const stream = async (_name: string, take: (piece: Uint8Array) => void): Promise<void> => {
    for (const piece of pieces) take(piece);
  };
  const streamed = await openArchiveFolder(
    { model: "m", files: { ...files, stream }, memoryOnly: false, user: null },
    parts,
    never,
  );
  assert.equal(await readFile(join(streamed.path, "c.txt"), "utf8"), "long file");
  await streamed[Symbol.asyncDispose]();
  const folder = await openArchiveFolder({ model: "m", files, memoryOnly: false, user: null }, parts, never);
  assert.equal(await readFile(join(folder.path, "a/b.txt"), "utf8"), "b");
  assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder.path, "c.txt"))).mode & 0o777, 0o600);
  await folder[Symbol.asyncDispose]();
  assert.equal(existsSync(folder.path), false);
});

it("a file that cannot be read leaves no folder", async () => {
  const mine = async (): Promise<string[]> => {
    const probe = await temporaryFolder();
    const prefix = basename(probe.path).slice(0, -6);
    await probe[Symbol.asyncDispose]();
    return (await readdir(dirname(probe.path))).filter((name) => name.startsWith(prefix));
  };
  const before = await mine();
  const read = (): Promise<never> => Promise.reject(new Error("damaged"));
  const files = { ...memoryFiles({ "a.txt": Buffer.from("a") }), read };
  await assert.rejects(
    openArchiveFolder({ model: "m", files, memoryOnly: false, user: null }, parts, never),
    /damaged/,
  );
  assert.deepEqual(await mine(), before);
});

it("nothing lies on a disk that must not, even where there is no folder in memory", async () => {
  const files = memoryFiles({ "a.txt": Buffer.from("a") });
  await assert.rejects(openArchiveFolder({ model: "m", files, memoryOnly: true, user: null }, parts, never), {
    code: "load-failed",
    message: /memoryFolder/,
  });
});

it("what a server that was killed left behind is removed; what others have stays", async () => {
  const own = await temporaryFolder();
  // Of this process's number, but of another start: who had it is gone.
  const left = own.path.replace(/-(\d+)-(\d+)-\w{6}$/, "-$1-1-abcdef");
  await mkdir(left);
  try {
    await sweepTemporaryFolders();
    assert.deepEqual([existsSync(left), existsSync(own.path)], [false, true]);
  } finally {
    await rm(left, { recursive: true, force: true });
    await own[Symbol.asyncDispose]();
  }
});
