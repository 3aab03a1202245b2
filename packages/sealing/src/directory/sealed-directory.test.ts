// A sealed directory opens to exactly what was sealed; whatever was exchanged is refused by name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chunkSize } from "../age/chunks.ts";
import type { Stanza } from "../recipient.ts";
import { directKey } from "../testing/direct-key.ts";
import { filesIn, type SealedModel, sealModel } from "../testing/sealed-model.ts";
import { collectBytes, patternBytes, sealBytes } from "../testing/streams.ts";
import type { SealedManifest } from "./manifest.ts";
import { encodeManifest } from "./manifest-document.ts";
import { openSealedDirectory } from "./sealed-directory.ts";

const key = directKey();
const contents = {
  "config.pbtxt": patternBytes(300),
  "1/model.onnx": patternBytes(3 * chunkSize + 5),
  "1/weights.bin": patternBytes(3 * chunkSize + 5).reverse(),
  "labels/é.txt": new Uint8Array(),
};
const model = await sealModel(contents, key);

function changed(change: (files: Map<string, Uint8Array>) => void, from: SealedModel = model) {
  const files = new Map(from.files);
  change(files);
  return files;
}

function openChanged(change: (files: Map<string, Uint8Array>) => void) {
  return openSealedDirectory(filesIn(changed(change)), [key], {});
}

function bytesOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  assert.ok(bytes, name);
  return bytes;
}

/** The model with another manifest, sealed as its owner would. */
async function withManifest(change: (manifest: SealedManifest) => SealedManifest) {
  const bytes = await sealBytes(encodeManifest(change(model.manifest)), key);
  return filesIn(changed((files) => files.set("manifest.age", bytes)));
}

test("every file opens to what was sealed: whole, in order, and in parts", async () => {
  const opened = await openSealedDirectory(filesIn(model.files), [key], {
    name: "reader",
    version: "1",
    root: model.manifest.root,
  });
  assert.deepEqual(opened.list(), Object.keys(contents).sort());
  assert.deepEqual(opened.manifest, model.manifest);
  for (const [path, bytes] of Object.entries(contents)) {
    assert.equal(opened.size(path), bytes.length);
    assert.deepEqual(await opened.read(path), bytes);
    assert.deepEqual(await collectBytes(opened.stream(path)), bytes);
    const file = await opened.open(path);
    assert.deepEqual(
      await file.read(bytes.length >> 1, bytes.length >> 2),
      bytes.slice(bytes.length >> 1).slice(0, bytes.length >> 2),
    );
  }
  assert.equal(opened.size("1/other.onnx"), null);
  await assert.rejects(opened.read("1/other.onnx"), { code: "file-missing" });
});

test("a file is opened when it is asked for, not before", async () => {
  const asked: string[] = [];
  const files = filesIn(model.files);
  const opened = await openSealedDirectory(
    {
      list: files.list,
      open(name) {
        asked.push(name);
        return files.open(name);
      },
    },
    [key],
    {},
  );
  assert.deepEqual(asked, ["manifest.age"]);
  await Promise.all([opened.read("config.pbtxt"), opened.read("config.pbtxt")]);
  assert.deepEqual(asked, ["manifest.age", "config.pbtxt.age"]);
});

test("a file that could not be opened is tried again", async () => {
  let away = false;
  const broker = {
    async unwrap(stanzas: readonly Stanza[]) {
      if (away) throw new RangeError("the broker is away");
      return key.unwrap(stanzas);
    },
  };
  const opened = await openSealedDirectory(filesIn(model.files), [broker], {});
  away = true;
  await assert.rejects(opened.read("config.pbtxt"), RangeError);
  away = false;
  assert.deepEqual(await opened.read("config.pbtxt"), contents["config.pbtxt"]);
});

test("the same model sealed again has the same root, under other keys", async () => {
  const again = await sealModel(contents, key);
  assert.deepEqual(again.manifest.root, model.manifest.root);
  const keys = [...again.manifest.files, ...model.manifest.files].map(({ fileKeyName }) =>
    Buffer.from(fileKeyName).toString("hex"),
  );
  assert.equal(new Set(keys).size, keys.length);
  const other = await sealModel(contents, key, { name: "reader", version: "2" });
  assert.notDeepEqual(other.manifest.root, model.manifest.root);
});

test("G7: a dropped, added or renamed file is refused by name", async () => {
  await assert.rejects(
    openChanged((files) => files.delete("1/model.onnx.age")),
    { code: "file-missing", facts: { path: "1/model.onnx" } },
  );
  await assert.rejects(
    openChanged((files) => files.set("1/more.onnx.age", new Uint8Array())),
    { code: "file-unlisted", facts: { path: "1/more.onnx.age" } },
  );
  await assert.rejects(
    openChanged((files) => files.set("README", new Uint8Array())),
    { code: "file-unlisted", facts: { path: "README" } },
  );
  await assert.rejects(
    openChanged((files) => {
      files.set("2/model.onnx.age", bytesOf(files, "1/model.onnx.age"));
      files.delete("1/model.onnx.age");
    }),
    { code: "file-unlisted", facts: { path: "2/model.onnx.age" } },
  );
});

test("F5, G7: files of the same size that were swapped are refused by name, before a byte is given", async () => {
  const opened = await openChanged((files) => {
    const [one, other] = [bytesOf(files, "1/model.onnx.age"), bytesOf(files, "1/weights.bin.age")];
    files.set("1/model.onnx.age", other).set("1/weights.bin.age", one);
  });
  for (const path of ["1/model.onnx", "1/weights.bin"]) {
    await assert.rejects(opened.open(path), { code: "file-swapped", facts: { path } });
    await assert.rejects(opened.read(path), { code: "file-swapped", facts: { path } });
    await assert.rejects(collectBytes(opened.stream(path)), { code: "file-swapped", facts: { path } });
  }
  assert.deepEqual(await opened.read("config.pbtxt"), contents["config.pbtxt"]);
});

test("G7: a file of another version of the model is refused, the whole older version where one is expected", async () => {
  const old = await sealModel({ ...contents, "config.pbtxt": patternBytes(301) }, key);
  const opened = await openChanged((files) => files.set("1/model.onnx.age", bytesOf(old.files, "1/model.onnx.age")));
  await assert.rejects(opened.read("1/model.onnx"), { code: "file-swapped" });

  const rolledBack = filesIn(old.files);
  await assert.rejects(openSealedDirectory(rolledBack, [key], { root: model.manifest.root }), {
    code: "model-mismatch",
  });
  await assert.rejects(openSealedDirectory(rolledBack, [key], { version: "2" }), {
    code: "model-mismatch",
    facts: { field: "version", expected: "2", found: "1" },
  });
  await assert.rejects(openSealedDirectory(rolledBack, [key], { name: "writer" }), { code: "model-mismatch" });
});

test("a cut or changed file is refused by name, with the reason", async () => {
  const bytes = bytesOf(model.files, "1/model.onnx.age");
  const reject = async (content: Uint8Array, reason: string): Promise<void> => {
    const opened = await openChanged((files) => files.set("1/model.onnx.age", content));
    await assert.rejects(opened.read("1/model.onnx"), {
      code: "file-damaged",
      facts: { path: "1/model.onnx", reason },
    });
  };
  await reject(bytes.subarray(0, 10), "truncated");
  await reject(bytes.subarray(0, bytes.length - 5 - 16), "truncated");
  await reject(
    bytes.map((byte, i) => (i === 70_000 ? byte ^ 1 : byte)),
    "chunk-forged",
  );
  await reject(new Uint8Array(100), "version-unsupported");
  const other = directKey("sealserve.test/other");
  await reject(await sealBytes(patternBytes(5), other), "no-identity-matched");
});

test("without its manifest, or with a broken one, a directory does not open", async () => {
  await assert.rejects(
    openChanged((files) => files.delete("manifest.age")),
    { code: "manifest-missing" },
  );
  const manifest = bytesOf(model.files, "manifest.age");
  await assert.rejects(
    openChanged((files) => files.set("manifest.age", manifest.subarray(0, manifest.length - 1))),
    {
      code: "chunk-forged",
    },
  );
  const other = bytesOf(model.files, "config.pbtxt.age");
  await assert.rejects(
    openChanged((files) => files.set("manifest.age", other)),
    { code: "manifest-malformed" },
  );
});

test("a manifest whose size, digest or root is not the files' is refused", async () => {
  const [first, ...rest] = model.manifest.files;
  assert.ok(first);
  await assert.rejects(
    openSealedDirectory(await withManifest((m) => ({ ...m, files: [{ ...first, size: 9 }, ...rest] })), [key], {}),
    { code: "manifest-malformed" },
  );
});
