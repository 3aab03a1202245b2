// Sealed models on disk: links are refused, a file that is not there is named, and open files are closed.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openSealedDirectory } from "../directory/sealed-directory.ts";
import { directKey } from "../testing/direct-key.ts";
import { sealModel } from "../testing/sealed-model.ts";
import { patternBytes } from "../testing/streams.ts";
import { fileSource, folderFiles, listFiles } from "./index.node.ts";

const key = directKey();

async function sealedFolder() {
  const path = await mkdtemp(join(tmpdir(), "sealserve-test-"));
  const contents = { "1/model.onnx": patternBytes(150_000), "config.pbtxt": patternBytes(10) };
  const { files } = await sealModel(contents, key);
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), bytes);
  }
  return { path, contents, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("a sealed directory on disk opens against its manifest", async () => {
  await using folder = await sealedFolder();
  await using files = folderFiles(folder.path);
  const opened = await openSealedDirectory(files, [key], {});
  for (const [path, bytes] of Object.entries(folder.contents)) assert.deepEqual(await opened.read(path), bytes);
});

test("G12: a file exchanged after it was opened is still the one that was opened", async () => {
  await using folder = await sealedFolder();
  await using files = folderFiles(folder.path);
  const opened = await openSealedDirectory(files, [key], {});
  const file = await opened.open("1/model.onnx");
  await rm(join(folder.path, "1/model.onnx.age"));
  await writeFile(join(folder.path, "1/model.onnx.age"), "something else");
  assert.deepEqual(await file.read(0, file.size), folder.contents["1/model.onnx"]);
});

test("links are refused, whatever they lead to", async () => {
  await using folder = await sealedFolder();
  await symlink("config.pbtxt.age", join(folder.path, "link.age"));
  await assert.rejects(listFiles(folder.path), { code: "path-refused" });
  await using files = folderFiles(folder.path);
  await assert.rejects(openSealedDirectory(files, [key], {}), { code: "path-refused" });
});

test("what cannot be read is named", async () => {
  await using folder = await sealedFolder();
  await assert.rejects(fileSource(join(folder.path, "nothing")), { code: "source-unreadable" });
  await assert.rejects(fileSource(folder.path), { code: "source-unreadable" });
  await assert.rejects(listFiles(join(folder.path, "nothing")), { code: "source-unreadable" });
});
