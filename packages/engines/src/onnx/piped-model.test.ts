// Large models that are poured into an engine: the same answers as from a file in memory, and every failure told by its own cause.
import assert from "node:assert/strict";
import { write } from "node:fs";
import { it } from "node:test";
import { promisify } from "node:util";
import { bytesOf, type Datatype, type InferenceRequest, isInferenceError } from "@sealserve/inference";
import { systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { encodeOnnxModel } from "../../../../conformance/fixtures/onnx-graph.ts";
import { EngineLoadError } from "../engine-error.ts";
import { createRunner } from "../engine-loader.ts";
import type { Isolation } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";

const never = new AbortController().signal;
const bytesOfWeights = 9 * 1024 * 1024;

/** `output`[4] = elements of weights of 9 MiB at `index`[4]. */
function gatherModel(datatype: Datatype, elementSize: number): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(bytesOfWeights).map((_, i) => (datatype === "BOOL" ? i & 1 : (i * 7 + (i >> 8)) & 0x3b));
  return encodeOnnxModel({
    inputs: [{ name: "index", datatype: "INT64", shape: [4] }],
    outputs: [{ name: "output", datatype, shape: [4] }],
    initializers: [{ name: "weights", datatype, shape: [bytesOfWeights / elementSize], data: { raw } }],
    nodes: [{ op: "Gather", inputs: ["weights", "index"], outputs: ["output"] }],
  });
}

/** Files that are poured; `end` says whether they are what they must be. */
function poured(
  files: Readonly<Record<string, Uint8Array>>,
  end: () => void = () => {},
): ModelFiles & { count: number } {
  const memory = memoryFiles(files);
  const counted = {
    ...memory,
    count: 0,
    async pour(name: string, into: () => Promise<number | null>) {
      counted.count++;
      end();
      const descriptor = await into();
      assert.ok(descriptor !== null);
      const bytes = await memory.read(name);
      for (let at = 0; at < bytes.length; ) {
        at += (await promisify(write)(descriptor, bytes.subarray(at, at + 1_000_000))).bytesWritten;
      }
      return true;
    },
  };
  return counted;
}

function open(files: ModelFiles, isolation: Isolation = "thread") {
  const parts = { clock: systemClock(), onEvent: () => undefined };
  return createRunner(modelDefinition({ files, isolation }), parts, never);
}

async function answer(files: ModelFiles, isolation: Isolation, last: number): Promise<Uint8Array> {
  await using runner = await open(files, isolation);
  const bytes = bytesOf(BigInt64Array.of(0n, 1n, 300_001n, BigInt(last)));
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
  it(`a poured model with weights of ${datatype} answers as one in memory does`, async () => {
    const model = { "model.onnx": gatherModel(datatype, size) };
    const files = poured(model);
    const last = bytesOfWeights / size - 1;
    const isolation = datatype === "FP32" ? "process" : "thread";
    assert.deepEqual(await answer(files, isolation, last), await answer(memoryFiles(model), "thread", last));
    assert.equal(files.count, 1);
  });
}

it("a model that proves not to be what it must be is refused for that", async () => {
  const wrong = new Error("another root");
  const files = poured({ "model.onnx": gatherModel("FP32", 4) }, () => {
    throw wrong;
  });
  await assert.rejects(open(files), wrong);
});

it("a model that is cut off is refused by the engine", async () => {
  const files = poured({ "model.onnx": gatherModel("FP32", 4).slice(0, -1000) });
  await assert.rejects(open(files), (error) => error instanceof EngineLoadError && error.code === "load-failed");
  assert.equal(files.count, 1);
});

it("a large model with files beside it is read whole, for it may keep weights there", async () => {
  const files = poured({ "model.onnx": gatherModel("FP32", 4), "w.bin": new Uint8Array(16) });
  assert.equal((await answer(files, "thread", 5)).length, 16);
  assert.equal(files.count, 0);
});
