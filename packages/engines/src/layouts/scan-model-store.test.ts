// A model store of every layout: what is found, what is passed over, and what stops the start.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStoreScan, scanModelStore } from "./scan-model-store.ts";
import { mar, TemporaryStore } from "./testing/temporary-store.ts";

describe("a store", () => {
  it("may hold every layout at once", async () => {
    await using store = await TemporaryStore.with({
      "plain.onnx": "m",
      "triton/config.pbtxt": 'name: "triton" max_batch_size: 4',
      "triton/1/model.onnx": "m",
      "tf/00000123/model.onnx": "m",
      "tf/7/model.onnx": "m",
      "packed.mar": mar({ modelName: "packed", serializedFile: "m.onnx" }, { "m.onnx": "m" }),
    });
    assert.deepEqual(await store.found(), { packed: ["1.0"], plain: ["1"], tf: ["7", "123"], triton: ["1"] });
    assert.deepEqual(store.problems, []);
    const layouts = await Promise.all(
      ["plain", "triton", "tf", "packed"].map(async (name) => (await store.open(name)).layout),
    );
    assert.deepEqual(layouts, ["onnx-file", "triton-repository", "tensorflow-serving", "model-archive"]);
  });

  it("passes over hidden files silently, and over others with a note", async () => {
    await using store = await TemporaryStore.with({
      ".hidden/1/model.onnx": "m",
      "README.md": "",
      "weights.bin": "",
      "folder/readme": "",
      "bad name.onnx": "",
    });
    assert.deepEqual(await store.found(), {});
    const noted = store.problems.map(({ location }) => location.slice(store.folder.length + 1)).sort();
    assert.deepEqual(noted, ["README.md", "bad name.onnx", "folder", "weights.bin"]);
  });

  it("tells a problem once, however often it is polled", async () => {
    await using store = await TemporaryStore.with({ "README.md": "" });
    const poll = createStoreScan(store.folder, { onProblem: (problem) => store.problems.push(problem) });
    await poll();
    await poll();
    assert.equal(store.problems.length, 1);
  });

  it("takes versions by number, with or without leading zeros, and one of two that are the same", async () => {
    await using store = await TemporaryStore.with({
      "m/1/model.onnx": "",
      "m/001/model.onnx": "",
      "m/10/model.onnx": "",
      "m/9/model.onnx": "",
      "m/x1/model.onnx": "",
    });
    assert.deepEqual(await store.found(), { m: ["1", "9", "10"] });
    assert.equal(store.problems.length, 1);
  });

  it("keeps a Triton model without versions, so that its versions are unloaded", async () => {
    await using store = await TemporaryStore.with({ "m/config.pbtxt": "" });
    assert.deepEqual(await store.found(), { m: [] });
  });

  for (const [what, folder] of [
    ["does not exist", "none"],
    ["is a file", "file"],
  ] as const) {
    it(`that ${what} is refused`, async () => {
      await using store = await TemporaryStore.with({ file: "" });
      await assert.rejects(scanModelStore(store.at(folder), { onProblem: () => {} }), { code: "store-unusable" });
    });
  }
});

describe("two models of one name", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string | Uint8Array>>, string, string])[] = [
    ["a file and a folder", { "ocr.onnx": "m", "ocr/1/model.onnx": "m" }, "ocr", "ocr.onnx"],
    ["a folder and an archive", { "ocr/1/model.onnx": "m", "x.mar": mar({ modelName: "ocr" }) }, "ocr", "x.mar"],
    [
      "two archives of one version",
      { "a.mar": mar({ modelName: "ocr" }), "b.mar": mar({ modelName: "ocr", modelVersion: "1" }) },
      "a.mar",
      "b.mar",
    ],
  ];
  for (const [what, files, first, second] of cases) {
    it(`are refused with both locations: ${what}`, async () => {
      await using store = await TemporaryStore.with(files);
      const locations = [store.at(first), store.at(second)];
      await assert.rejects(store.scan(), { code: "duplicate-model", facts: { model: "ocr", locations } });
    });
  }

  it("are versions of one where archives say so", async () => {
    await using store = await TemporaryStore.with({
      "a.mar": mar({ modelName: "ocr", modelVersion: "1.10" }),
      "b.mar": mar({ modelName: "ocr", modelVersion: "1.9" }),
    });
    assert.deepEqual(await store.found(), { ocr: ["1.9", "1.10"] });
    assert.deepEqual((await store.scan()).get("ocr")?.policy, { kind: "all" });
  });
});
