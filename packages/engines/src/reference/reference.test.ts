// The reference models: both are batch runners, and refuse definitions that are not theirs.
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  bytesOf,
  datatypes,
  type InferenceRequest,
  isInferenceError,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import { systemClock } from "@sealserve/serving";
import { modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { batchRunnerSuite } from "../../../../conformance/suites/batch-runner-suite.ts";
import { EngineLoadError } from "../engine-error.ts";
import { createRunner } from "../engine-loader.ts";
import type { ModelDefinition } from "../model-definition.ts";

const never = new AbortController().signal;

function open(model: "identity" | "add_sub", overrides: Partial<ModelDefinition> = {}) {
  const definition = modelDefinition({ engine: { kind: "reference", model }, ...overrides });
  return createRunner(definition, { clock: systemClock(), onEvent: () => undefined }, never);
}

function integers(name: string, rows: number, value: (i: number) => number): Tensor {
  const values = Int32Array.from({ length: rows * 16 }, (_, i) => value(i));
  return { name, datatype: "INT32", shape: [rows, 16], bytes: bytesOf(values) };
}

const requestOf = (...inputs: readonly Tensor[]): InferenceRequest => ({ model: { name: "m" }, inputs });

batchRunnerSuite("reference identity", async () => ({
  runner: await open("identity"),
  requests: [1, 2].map((value) =>
    requestOf({ name: "INPUT0", datatype: "FP32", shape: [1, 3], bytes: bytesOf(Float32Array.of(value, 0, 1)) }),
  ),
}));

batchRunnerSuite("reference add_sub", async () => ({
  runner: await open("add_sub", { instances: 2 }),
  requests: [1, 2].map((rows) =>
    requestOf(
      integers("INPUT0", rows, (i) => i * rows),
      integers("INPUT1", rows, () => 1),
    ),
  ),
}));

it("identity gives back the very bytes, of every datatype", async () => {
  for (const datatype of datatypes) {
    await using runner = await open("identity", { inputs: [{ name: "INPUT0", datatype, shape: [-1, 2] }] });
    assert.deepEqual(runner.metadata().outputs, [{ name: "OUTPUT0", datatype, shape: [-1, -1, 2] }]);
    const bytes = new Uint8Array(16);
    const [result] = await runner.run([requestOf({ name: "INPUT0", datatype, shape: [1, 1, 2], bytes })], never);
    assert.ok(result && !isInferenceError(result));
    assert.equal(result.outputs[0]?.bytes, bytes);
  }
});

it("add_sub adds and subtracts as 32-bit integers, in batches of 8", async () => {
  await using runner = await open("add_sub");
  assert.equal(runner.metadata().maxBatchSize, 8);
  const [result] = await runner.run(
    [
      requestOf(
        integers("INPUT1", 1, () => 1),
        integers("INPUT0", 1, () => 2 ** 31 - 1),
      ),
    ],
    never,
  );
  assert.ok(result && !isInferenceError(result));
  const values = result.outputs.map(({ bytes }) => typedValues("INT32", bytes)[0]);
  assert.deepEqual(values, [-(2 ** 31), 2 ** 31 - 2]);
});

it("both refuse tensors that they do not have", async () => {
  const tensor = { name: "x", datatype: "INT32", shape: [16] } as const;
  for (const model of ["identity", "add_sub"] as const) {
    for (const declared of [{ outputs: [tensor] }, { inputs: [tensor, { ...tensor, name: "y" }] }]) {
      await assert.rejects(open(model, declared), EngineLoadError);
    }
  }
});
