// A model of every layout answers over all three protocols, whatever the layout.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addModel, identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { get, json, post } from "./exchange.ts";
import { type Inputs, outputsOf, predict, predictionUrl, protocolNames } from "./predictions.ts";
import { servedStore } from "./served-store.ts";

const configured = `
platform: "onnxruntime_onnx"
max_batch_size: 4
input [{ name: "a", data_type: TYPE_FP32, dims: [4] }, { name: "b", data_type: TYPE_FP32, dims: [4] }]
output [{ name: "sum", data_type: TYPE_FP32, dims: [4] }, { name: "difference", data_type: TYPE_FP32, dims: [4] }]
`;

/** Runs the archive's ONNX model on the numbers of the request, and shouts the answer. */
const handler = `
import { BaseHandler, type HandlerContext, type HandlerRow, type NamedTensors } from "@sealserve/engines/handler";
export class Shouting extends BaseHandler {
  preprocess(rows: readonly HandlerRow[]): NamedTensors {
    const numbers = rows.flatMap((row) => (row["body"] ?? row["data"])?.json() as number[]);
    return { input: { datatype: "FP32", shape: [rows.length, 4], data: Float32Array.from(numbers) } };
  }
  postprocess({ output }: NamedTensors, { batchSize }: HandlerContext): string[] {
    return Array.from({ length: batchSize }, (_, row) => \`\${[...output!.data].slice(4 * row, 4 * row + 4)}!\`);
  }
}
`;

const served = servedStore({
  write: async (store) => {
    await store.write("file.onnx", identityModel());
    await store.write("triton/config.pbtxt", configured);
    await store.write("triton/1/model.onnx", addModel());
    await store.write("bare/config.pbtxt", "");
    await store.write("bare/1/model.onnx", identityModel());
    await store.write("numbered/00000123/model.onnx", identityModel());
    await store.write("packed.mar", archiveBytes({ name: "packed", serializedFile: identityModel() }));
    await store.write("shouts.mar", archiveBytes({ name: "shouts", handler, serializedFile: identityModel() }));
    await store.write("simple/config.pbtxt", 'backend: "add_sub"\nmax_batch_size: 8\n');
    await store.write("simple/1/.keep", "");
  },
});

const floats = [[1.5, -2, 0.1, 1e30]];
const integers = [Array.from({ length: 16 }, (_, i) => i)];
const four = (name: string): Inputs => ({ [name]: { values: floats } });
const identity = { inputs: four("input"), outputs: { output: floats.flat() } };

const expected: Readonly<
  Record<string, { readonly inputs: Inputs; readonly outputs: Readonly<Record<string, readonly number[]>> }>
> = {
  file: identity,
  bare: identity,
  numbered: identity,
  packed: identity,
  triton: {
    inputs: { ...four("a"), ...four("b") },
    outputs: { sum: [3, -4, 0.2, 2e30], difference: [0, 0, 0, 0] },
  },
  simple: {
    inputs: { INPUT0: { datatype: "INT32", values: integers }, INPUT1: { datatype: "INT32", values: integers } },
    outputs: { OUTPUT0: integers.flat().map((value) => 2 * value), OUTPUT1: integers.flat().map(() => 0) },
  },
};

for (const protocol of protocolNames) {
  for (const [model, { inputs, outputs }] of Object.entries(expected)) {
    test(`${protocol}: ${model}`, async () => {
      const found = outputsOf(protocol, await predict(served.server, protocol, model, inputs), "output");
      assert.deepEqual(Object.keys(found).sort(), Object.keys(outputs).sort());
      for (const [name, values] of Object.entries(outputs)) {
        const rounded = found[name]?.map((value) => Math.fround(Number(value)));
        assert.deepEqual(rounded, values.map(Math.fround));
      }
    });
  }

  test(`${protocol}: a handler in TypeScript over the archive's ONNX model`, async () => {
    const text = "[1, 2, 3, 4]";
    const inputs = [{ name: "data", datatype: "BYTES", shape: [1], data: [text] }];
    const bodies = { torchserve: text, openInference: { inputs }, tensorflowServing: { instances: [text] } };
    const answer = await post(predictionUrl(served.server, protocol, "shouts"), bodies[protocol]);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.text.includes("1,2,3,4!"), answer.text);
  });
}

test("the numbered folder's name is its version", async () => {
  const answer = await predict(served.server, "openInference", "numbered/123", identity.inputs);
  assert.deepEqual((json(answer) as { model_version: string }).model_version, "123");
});

test("each protocol describes what the configuration and the model say", async () => {
  const metadata = json(await get(served.server.url("openInference", "/v2/models/triton"))) as Record<string, unknown>;
  assert.deepEqual(metadata["inputs"], [
    { name: "a", datatype: "FP32", shape: [-1, 4] },
    { name: "b", datatype: "FP32", shape: [-1, 4] },
  ]);
  assert.equal(metadata["platform"], "onnxruntime_onnx");
  const signature = await get(served.server.url("tensorflowServing", "/v1/models/bare/metadata"));
  assert.match(signature.text, /"input"[\s\S]*DT_FLOAT/);
  const [described] = json(await get(served.server.url("management", "/models/shouts"))) as Record<string, unknown>[];
  assert.deepEqual([described?.["modelUrl"], described?.["status"]], ["shouts.mar", undefined]);
});

test("the ready line names every listener and every model", () => {
  const { listeners, models } = served.server.ready;
  assert.equal(Object.keys(listeners).length, 8);
  const names = ["bare", "file", "numbered", "packed", "shouts", "simple", "triton"];
  assert.deepEqual(models.map(({ name }) => name).sort(), names);
  assert.ok(models.every(({ state }) => state === "available"));
});
