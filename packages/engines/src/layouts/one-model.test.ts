// A store with one model under a name of its reader's choice, in every layout.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scanModelStore } from "./scan-model-store.ts";
import type { ScannedModel } from "./scanned-model.ts";
import type { SealedOpener, SealedVersion } from "./sealed-opener.ts";
import { mar, TemporaryStore } from "./testing/temporary-store.ts";

const never = new AbortController().signal;
const archive = mar({ modelName: "packed", serializedFile: "m.onnx" }, { "m.onnx": "m" });

function scan(store: TemporaryStore, modelName: string, sealed?: SealedOpener) {
  const onProblem = () => {};
  return scanModelStore(store.folder, sealed ? { modelName, sealed, onProblem } : { modelName, onProblem });
}

function only(found: ReadonlyMap<string, ScannedModel>): ScannedModel {
  assert.deepEqual([...found.keys()], ["served"]);
  const model = found.get("served");
  assert.ok(model);
  return model;
}

for (const [layout, files, versions] of [
  ["an ONNX file", { "plain.onnx": "m", "README.md": "" }, ["1"]],
  ["a Triton directory", { "dense/config.pbtxt": 'name: "dense"', "dense/2/model.onnx": "m" }, ["2"]],
  ["a numbered directory", { "tf/1/model.onnx": "m", "tf/2/model.onnx": "m" }, ["1", "2"]],
  ["the store itself, numbered", { "1/model.onnx": "m", "3/model.onnx": "m" }, ["1", "3"]],
  ["an archive", { "any.mar": archive }, ["1.0"]],
  [
    "an archive in TorchServe's layout for KServe",
    { "config/config.properties": "", "model-store/any.mar": archive },
    ["1.0"],
  ],
  ["a numbered directory called model-store", { "model-store/1/model.onnx": "m" }, ["1"]],
] as const) {
  test(`${layout} answers by the name that was given`, async () => {
    await using store = await TemporaryStore.with(files);
    const model = only(await scan(store, "served"));
    assert.deepEqual(
      model.versions.map(({ version }) => version),
      versions,
    );
    for (const { version, item } of model.versions) {
      const definition = await item.open(never);
      assert.deepEqual([definition.name, definition.version], ["served", version]);
    }
  });
}

test("whoever has keys is asked by the same name", async () => {
  const asked: SealedVersion[] = [];
  const stop = new Error("asked");
  const refusing = async (version: SealedVersion): Promise<never> => {
    asked.push(version);
    throw stop;
  };
  const opener: SealedOpener = { openFile: refusing, openDirectory: refusing };
  for (const files of [{ "secret.onnx.age": "s" }, { "manifest.age": "s", "1/model.onnx.age": "s" }]) {
    await using store = await TemporaryStore.with(files);
    const model = only(await scan(store, "served", opener));
    for (const { item } of model.versions) await assert.rejects(item.open(never), stop);
  }
  assert.deepEqual(
    asked.map(({ model }) => model),
    ["served", "served"],
  );
});

test("an empty store is empty; more than one model cannot have one name", async () => {
  await using empty = await TemporaryStore.with({ "README.md": "" });
  assert.equal((await scan(empty, "served")).size, 0);
  await using two = await TemporaryStore.with({ "a.onnx": "m", "b.onnx": "m" });
  await assert.rejects(scan(two, "served"), { code: "store-unusable" });
});
