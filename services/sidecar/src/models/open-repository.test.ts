// What lies sealed in a repository, opened to a folder; and everything that must not be opened.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { generateKeyPair, merkleRoot, parseIdentity, parseRecipient, seal, sealDirectory } from "@sealserve/sealing";
import { openRepository } from "./open-repository.ts";
import { sealedFileName } from "./sealed-file-name.ts";
import { commandDigest, servedDigest } from "./served-digest.ts";

const root = await mkdtemp(join(tmpdir(), "sidecar-repository-"));
after(() => rm(root, { recursive: true }));
const { identity, recipient } = await generateKeyPair();
const asked: string[] = [];
const identities = (model: string) => {
  asked.push(model);
  return [parseIdentity(identity)];
};
const streamOf = (text: string) => new Blob([text]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
const never = new AbortController().signal;

async function put(path: string, content: ReadableStream<Uint8Array> | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function sealFolder(folder: string, name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const plain = Object.entries(files).map(([path, text]) => ({ path, open: () => streamOf(text) }));
  await sealDirectory({ name, version: "3" }, plain, [parseRecipient(recipient)], {
    write: (path, content) => put(join(folder, path), content),
    now: () => new Date(0),
  });
}

async function sealFile(path: string, text: string): Promise<void> {
  await put(path, seal(streamOf(text), [parseRecipient(recipient)]));
}

let nth = 0;
async function opened(repository: string, roots: Readonly<Record<string, readonly string[]>> = {}) {
  const into = join(root, `out${nth++}`);
  await mkdir(into);
  return { into, models: await openRepository({ repository, into, roots }, identities, never) };
}

test("the name of a sealed file", () => {
  const name = (entry: string) => Object.values(sealedFileName(entry) ?? {});
  assert.deepEqual(name("m.onnx.age"), ["m", "1", "m.onnx"]);
  assert.deepEqual(name("m@2.1.mar.age"), ["m", "2.1", "m.mar"]);
  assert.deepEqual(name("m.mar.age"), ["m", "1.0", "m.mar"]);
  for (const none of ["m.onnx", "m.age", "@1.mar.age", ".age"]) assert.deepEqual(name(none), [], none);
});

test("sealed folders and files are opened side by side, each asked for by its own name", async () => {
  const repository = join(root, "both");
  await sealFolder(join(repository, "double"), "double", { "config.pbtxt": "x: 1", "1/model.py": "code" });
  await sealFile(join(repository, "line@2.0.mar.age"), "archive");
  asked.length = 0;
  const { into, models } = await opened(repository);
  assert.deepEqual([...new Set(asked)], ["double", "line"]);
  assert.equal(await readFile(join(into, "double/1/model.py"), "utf8"), "code");
  assert.equal(await readFile(join(into, "line@2.0.mar"), "utf8"), "archive");
  assert.equal((await stat(join(into, "line@2.0.mar"))).mode & 0o777, 0o400);
  const sha256 = new Uint8Array(createHash("sha256").update("archive").digest());
  assert.deepEqual(
    models[1]?.root,
    merkleRoot({ name: "line", version: "2.0" }, [{ path: "line.mar", size: 7, sha256 }]),
  );
  assert.deepEqual(
    models.map(({ model, version }) => [model, version]),
    [
      ["double", "3"],
      ["line", "2.0"],
    ],
  );
});

test("a repository that is one sealed directory is opened as it is", async () => {
  const repository = join(root, "whole");
  await sealFolder(repository, "whole", { "a/config.pbtxt": "a", "b/config.pbtxt": "b" });
  const { into, models } = await opened(repository);
  assert.deepEqual((await readdir(into)).sort(), ["a", "b"]);
  assert.equal(models.length, 1);
});

test("only expected roots are opened", async () => {
  const repository = join(root, "rooted");
  await sealFolder(join(repository, "m"), "m", { f: "1" });
  await sealFile(join(repository, "n.bin.age"), "2");
  const { models } = await opened(repository);
  const hex = models.map((each) => Buffer.from(each.root).toString("hex"));
  await opened(repository, { m: ["0".repeat(64), hex[0] ?? ""], n: [hex[1] ?? ""] });
  for (const name of ["m", "n"]) {
    await assert.rejects(opened(repository, { [name]: ["0".repeat(64)] }), { code: "root-mismatch" });
  }
  await assert.rejects(opened(repository, { other: ["0".repeat(64)] }), { code: "model-missing" });
});

test("what is not sealed, not whole, or not what it is called is refused", async () => {
  const repository = join(root, "refused");
  await assert.rejects(opened(repository), { code: "repository-unreadable" });
  await mkdir(repository);
  await assert.rejects(opened(repository), { code: "repository-empty" });
  await sealFolder(join(repository, "m"), "m", { "1/f": "first", "2/f": "other" });
  await put(join(repository, "plain.txt"), Buffer.from("x"));
  await assert.rejects(opened(repository), { code: "plain-file" });
  await rm(join(repository, "plain.txt"));
  await rename(join(repository, "m"), join(repository, "n"));
  await assert.rejects(opened(repository), { code: "model-mismatch" });
  await rename(join(repository, "n"), join(repository, "m"));
  await cp(join(repository, "m/1/f.age"), join(repository, "m/2/f.age"));
  await assert.rejects(opened(repository), { code: "file-swapped" });
});

test("evidence covers the models and each argument of the command", () => {
  const models = [{ model: "m", version: "1", root: new Uint8Array(32) }];
  const digests = [
    servedDigest(models, ["a", "b c"]),
    servedDigest(models, ["a", "b", "c"]),
    servedDigest(models, ["a b c"]),
    servedDigest([], ["a", "b c"]),
  ].map((digest) => Buffer.from(digest).toString("hex"));
  assert.equal(new Set(digests).size, 4);
  assert.equal(commandDigest([]).length, 32);
});
