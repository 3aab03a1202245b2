// Sealed models on disk: links are refused, a file that is not there is named, and open files are closed.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { sealDirectory } from "../directory/seal-directory.ts";
import { openSealedDirectory } from "../directory/sealed-directory.ts";
import { directKey } from "../testing/direct-key.ts";
import { filesIn, sealModel } from "../testing/sealed-model.ts";
import { collectBytes, patternBytes } from "../testing/streams.ts";
import { fileSource, fileStream, folderFiles, listFiles } from "./index.node.ts";

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

test("a file comes as a stream in two buffers, and seals to a directory from them", async () => {
  await using folder = await sealedFolder();
  const path = join(folder.path, "plain");
  for (const size of [0, 1, 262_144, 262_145, 1_000_000]) {
    await writeFile(path, patternBytes(size));
    let counted = 0;
    const read: Uint8Array[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for await (const piece of fileStream(path, (bytes) => (counted += bytes))) {
      read.push(Uint8Array.from(piece));
      buffers.add(piece.buffer);
    }
    assert.deepEqual(Uint8Array.from(Buffer.concat(read)), patternBytes(size));
    assert.equal(counted, size);
    assert.ok(buffers.size <= 2);
  }
  const sealed = new Map<string, Uint8Array>();
  await sealDirectory(
    { name: "reader", version: "1" },
    [{ path: "plain", open: () => fileStream(path, () => {}) }],
    [key],
    {
      now: () => new Date(0),
      write: async (name, content) => void sealed.set(name, await collectBytes(content)),
    },
  );
  const opened = await openSealedDirectory(filesIn(sealed), [key], {});
  assert.deepEqual(await opened.read("plain"), patternBytes(1_000_000));
});

test("a stream of a file that is not there fails, and one that is left closes its file", async () => {
  await using folder = await sealedFolder();
  for (const path of [folder.path, join(folder.path, "nowhere")]) {
    await assert.rejects(collectBytes(fileStream(path, () => {})), { code: "source-unreadable" });
  }
  const before = (await readdir("/proc/self/fd")).length;
  const reader = fileStream(join(folder.path, "1/model.onnx.age"), () => {}).getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await readdir("/proc/self/fd")).length, before);
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
