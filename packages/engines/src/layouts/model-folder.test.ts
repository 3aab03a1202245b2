// Folders and plain files in a model store: which files they give, and what is refused.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { describe, it } from "node:test";
import { TemporaryStore } from "./testing/temporary-store.ts";

describe("a folder", () => {
  it("gives only files that lie in it, through links inside it", async () => {
    await using store = await TemporaryStore.with({
      "secret.txt": "s",
      "m/data/real.onnx": "m",
      "m/1/sub/deep.txt": "d",
      "m/1/.hidden": "h",
    });
    await symlink("../data/real.onnx", store.at("m/1/model.onnx"));
    await symlink("../../secret.txt", store.at("m/1/leak.txt"));
    await symlink("nowhere", store.at("m/1/dangling"));
    const { files } = await store.open("m");
    assert.deepEqual(files.list(), ["model.onnx", "sub/deep.txt"]);
    assert.equal(files.path("../../secret.txt"), null);
    assert.equal(files.size("leak.txt"), null);
    await assert.rejects(files.read("leak.txt"), { code: "file-missing" });
  });

  it("of an ONNX file gives the file and its weights, not its neighbours", async () => {
    await using store = await TemporaryStore.with({
      "a.onnx": "m",
      "a.onnx.data": "w",
      "a.onnx_data": "w",
      "ab.onnx": "m",
      "b.onnx": "m",
    });
    assert.deepEqual((await store.open("a")).files.list(), ["a.onnx", "a.onnx.data", "a.onnx_data"]);
    assert.deepEqual(store.problems, []);
  });

  it("with a SavedModel or without a model says what it has", async () => {
    await using store = await TemporaryStore.with({ "saved/1/saved_model.pb": "m", "other/1/model.pt": "m" });
    await assert.rejects(store.open("saved"), { code: "config-unsupported" });
    await assert.rejects(store.open("other"), { code: "file-missing" });
  });

  it("with a broken configuration is listed, and says why when it is opened", async () => {
    await using store = await TemporaryStore.with({ "m/config.pbtxt": "max_batch_size: {", "m/1/model.onnx": "m" });
    assert.deepEqual(await store.found(), { m: ["1"] });
    await assert.rejects(store.open("m"), { code: "config-syntax" });
  });

  it("may hold its model file in a folder of the same name", async () => {
    await using store = await TemporaryStore.with({ "m/config.pbtxt": "", "m/1/model.onnx/model.onnx": "m" });
    assert.deepEqual((await store.open("m")).engine, { kind: "onnx", file: "model.onnx/model.onnx" });
  });

  it("of another name than its configuration says is refused", async () => {
    await using store = await TemporaryStore.with({ "m/config.pbtxt": 'name: "other"', "m/1/model.onnx": "m" });
    await assert.rejects(store.open("m"), { code: "config-value" });
  });

  it("of a reference model needs no file", async () => {
    await using store = await TemporaryStore.with({
      "simple/config.pbtxt": 'backend: "add_sub" version_policy { all { } }',
      "simple/1/.keep": "",
    });
    const { engine, platform } = await store.open("simple");
    assert.deepEqual([engine, platform], [{ kind: "reference", model: "add_sub" }, "sealserve_reference"]);
    assert.deepEqual((await store.scan()).get("simple")?.policy, { kind: "all" });
  });

  it("with settings that have no effect says so", async () => {
    await using store = await TemporaryStore.with({
      "m/config.pbtxt": 'metric_tags { key: "a" value: "b" }',
      "m/1/model.onnx": "m",
    });
    await store.open("m");
    assert.equal(store.problems.length, 1);
  });
});
