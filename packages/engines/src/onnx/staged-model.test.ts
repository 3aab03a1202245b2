// Large models through a memory folder: the same answers as from memory, no engine before the proof, and nothing left in any case.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { bytesOf, type Datatype, type InferenceRequest, isInferenceError } from "@sealserve/inference";
import { systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { encodeOnnxModel, type OnnxInitializer } from "../../../../conformance/fixtures/onnx-graph.ts";
import { zipBytes } from "../../../../conformance/fixtures/zip-writer.ts";
import { readArchive } from "../archive/read-archive.ts";
import { EngineLoadError } from "../engine-error.ts";
import { createRunner } from "../engine-loader.ts";
import { openMemoryFolders } from "../memory/memory-folders.ts";
import type { Isolation } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";

const missing = existsSync("/dev/shm") ? false : "this machine has no /dev/shm";
const never = new AbortController().signal;
const bytesOfWeights = 9 * 1024 * 1024;

function weightsOf(datatype: Datatype): Uint8Array {
  return new Uint8Array(bytesOfWeights).map((_, i) => (datatype === "BOOL" ? i & 1 : (i * 7 + (i >> 8)) & 0x3b));
}

/** `output`[4] = elements of weights of 9 MiB at `index`[4]. */
function gatherModel(datatype: Datatype, size: number, data?: OnnxInitializer["data"]): Uint8Array<ArrayBuffer> {
  const shape = [bytesOfWeights / size];
  return encodeOnnxModel({
    inputs: [{ name: "index", datatype: "INT64", shape: [4] }],
    outputs: [{ name: "output", datatype, shape: [4] }],
    initializers: [{ name: "weights", datatype, shape, data: data ?? { raw: weightsOf(datatype) } }],
    nodes: [{ op: "Gather", inputs: ["weights", "index"], outputs: ["output"] }],
  });
}

/** The same weights as they are and transposed beforehand, so that onnxruntime reads them, and comes back for them. */
function foldedModel(): Uint8Array<ArrayBuffer> {
  return encodeOnnxModel({
    inputs: [{ name: "index", datatype: "INT64", shape: [4] }],
    outputs: [{ name: "output", datatype: "FP32", shape: [8, 1536] }],
    initializers: [{ name: "weights", datatype: "FP32", shape: [1536, 1536], data: { raw: weightsOf("FP32") } }],
    nodes: [
      { op: "Transpose", name: "t", inputs: ["weights"], outputs: ["turned"] },
      { op: "Gather", name: "a", inputs: ["turned", "index"], outputs: ["first"] },
      { op: "Gather", name: "b", inputs: ["weights", "index"], outputs: ["second"] },
      { op: "Concat", inputs: ["first", "second"], outputs: ["output"], attributes: { axis: { int: 0 } } },
    ],
  });
}

/** Files that are given in pieces; `end` says whether they are what they must be. */
function streamed(files: Readonly<Record<string, Uint8Array>>, end: () => void = () => {}): ModelFiles {
  const memory = memoryFiles(files);
  return {
    ...memory,
    async stream(name, take, signal) {
      const bytes = await memory.read(name);
      for (let at = 0; at < bytes.length; at += 100_000) {
        signal.throwIfAborted();
        take(bytes.subarray(at, at + 100_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      end();
    },
  };
}

describe("a model that goes through a memory folder", { skip: missing }, () => {
  let root = "";
  before(async () => {
    root = await mkdtemp("/dev/shm/test-");
  });
  after(() => rm(root, { recursive: true }));

  async function open(files: ModelFiles, isolation: Isolation = "thread", signal = never, file = "model.onnx") {
    const memoryFolders = await openMemoryFolders({ path: root }, { onNoRoom: () => assert.fail("no room") });
    const parts = { clock: systemClock(), onEvent: () => undefined, memoryFolders };
    const definition = modelDefinition({ files, isolation, engine: { kind: "onnx", file } });
    return createRunner(definition, parts, signal);
  }

  async function answer(files: ModelFiles, last: number, isolation: Isolation = "thread", file = "model.onnx") {
    await using runner = await open(files, isolation, never, file);
    assert.deepEqual(await readdir(root), []);
    const bytes = bytesOf(BigInt64Array.of(0n, 1n, 300n, BigInt(last)));
    const request: InferenceRequest = {
      model: { name: "m" },
      inputs: [{ name: "index", datatype: "INT64", shape: [4], bytes }],
    };
    const [result] = await runner.run([request], never);
    assert.ok(result && !isInferenceError(result), String(result));
    return result.outputs[0]?.bytes ?? new Uint8Array();
  }

  const sizes: readonly (readonly [Datatype, number])[] = [
    ["FP32", 4],
    ["FP64", 8],
    ["FP16", 2],
    ["INT8", 1],
    ["UINT8", 1],
    ["INT16", 2],
    ["INT32", 4],
    ["INT64", 8],
    ["UINT64", 8],
    ["BOOL", 1],
  ];
  for (const [datatype, size] of sizes) {
    it(`with weights of ${datatype} answers as one in memory does`, async () => {
      const model = { "model.onnx": gatherModel(datatype, size) };
      const last = bytesOfWeights / size - 1;
      const isolation = datatype === "FP32" ? "process" : "thread";
      const { read: _, ...unread } = streamed(model);
      const files = { ...unread, read: () => assert.fail("it was read whole") };
      assert.deepEqual(await answer(files, last, isolation), await answer(memoryFiles(model), last));
    });
  }

  it("answers the same where onnxruntime comes back for what it had folded", async () => {
    const model = { "model.onnx": foldedModel() };
    for (const isolation of ["thread", "process"] as const) {
      assert.deepEqual(await answer(streamed(model), 1000, isolation), await answer(memoryFiles(model), 1000));
    }
  });

  it("takes its weights in files of their own along", async () => {
    const location = "./w/weights.bin";
    const apart = { "a/model.onnx": gatherModel("FP32", 4, { location }), "a/w/weights.bin": weightsOf("FP32") };
    const { read: _, ...unread } = streamed(apart);
    const files = { ...unread, read: () => assert.fail("it was read whole") };
    const expected = await answer(memoryFiles({ "model.onnx": gatherModel("FP32", 4) }), 1000);
    assert.deepEqual(await answer(files, 1000, "thread", "a/model.onnx"), expected);
  });

  it("is streamed out of an archive, packed or not", async () => {
    const data = gatherModel("FP32", 4);
    const expected = await answer(memoryFiles({ "model.onnx": data }), 1000);
    for (const stored of [false, true]) {
      const archive = await readArchive({ name: "m.mar", bytes: zipBytes([{ name: "model.onnx", data, stored }]) });
      const files = { ...archive, read: () => assert.fail("it was read whole") };
      assert.deepEqual(await answer(files, 1000), expected);
    }
  });

  it("is opened by no engine before it is proved", async () => {
    const wrong = new Error("another root");
    let seen: readonly string[] = [];
    const refusing = streamed({ "model.onnx": gatherModel("FP32", 4) });
    const files: ModelFiles = {
      ...refusing,
      async stream(name, take, signal) {
        await refusing.stream?.(name, take, signal);
        seen = await readdir(root, { recursive: true });
        throw wrong;
      },
    };
    await assert.rejects(open(files), wrong);
    assert.ok(seen.length > 0 && seen.every((name) => !name.endsWith(".onnx")), String(seen));
    assert.deepEqual(await readdir(root), []);
  });

  it("that is no model is refused as one in memory is, and nothing stays", async () => {
    for (const model of [gatherModel("FP32", 4).slice(0, -1000), new Uint8Array(bytesOfWeights).fill(7)]) {
      const refused = (error: unknown) => error instanceof EngineLoadError && error.code === "load-failed";
      await assert.rejects(open(streamed({ "model.onnx": model })), refused);
      await assert.rejects(open(memoryFiles({ "model.onnx": model })), refused);
    }
    const outside = gatherModel("FP32", 4, { location: "../w" });
    const files = streamed({ "model.onnx": outside, other: new Uint8Array(bytesOfWeights) });
    await assert.rejects(open(files), (error) => error instanceof EngineLoadError && error.code === "external-data");
    assert.deepEqual(await readdir(root), []);
  });

  it("leaves nothing where its load is given up", async () => {
    const stop = new AbortController();
    const files = streamed({ "model.onnx": gatherModel("FP32", 4) });
    let pieces = 0;
    const slow: ModelFiles = {
      ...files,
      stream: (name, take, signal) =>
        files.stream?.(
          name,
          (piece) => {
            if (++pieces === 20) stop.abort(new Error("enough"));
            take(piece);
          },
          signal,
        ) ?? Promise.resolve(),
    };
    await assert.rejects(open(slow, "thread", stop.signal), { message: "enough" });
    assert.ok(pieces < 90);
    assert.deepEqual(await readdir(root), []);
  });
});
