// ONNX models on threads and in processes: the batch runner's promises, and whom a failure reaches.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bytesOf, encodeByteStrings, type InferenceRequest, isInferenceError, type Tensor } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { type BatchResult, type BatchRunner, type Clock, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { addModel, identityModel, slowModel } from "../../../../conformance/fixtures/onnx-model.ts";
import { batchRunnerSuite } from "../../../../conformance/suites/batch-runner-suite.ts";
import { VirtualClock } from "../../../../conformance/suites/virtual-clock.ts";
import { EngineLoadError } from "../engine-error.ts";
import { createRunner } from "../engine-loader.ts";
import type { ModelDefinition } from "../model-definition.ts";

const never = new AbortController().signal;

function open(
  model: Uint8Array,
  overrides: Partial<ModelDefinition> = {},
  clock: Clock = systemClock(),
): Promise<BatchRunner> {
  const definition = modelDefinition({ files: memoryFiles({ "model.onnx": model }), ...overrides });
  return createRunner(definition, { clock, onEvent: () => undefined }, never);
}

function requestOf(...inputs: readonly Tensor[]): InferenceRequest {
  return { model: { name: "m" }, inputs };
}

function floats(name: string, rows: number, ...values: readonly number[]): Tensor {
  return { name, datatype: "FP32", shape: [rows, 4], bytes: bytesOf(Float32Array.from(values)) };
}

function outputsOf(result: BatchResult | undefined): readonly Tensor[] {
  assert.ok(result && !isInferenceError(result), String(result));
  return result.outputs;
}

const loadCode = (code: string) => (error: unknown) => error instanceof EngineLoadError && error.code === code;
const failsWith = (code: string) => (error: unknown) => isInferenceError(error) && error.code === code;

for (const isolation of ["thread", "process"] as const) {
  batchRunnerSuite(`onnx in a ${isolation}`, async () => ({
    runner: await open(addModel(), { isolation, instances: isolation === "thread" ? 2 : 1 }),
    requests: [
      requestOf(floats("a", 1, 1, 2, 3, 4), floats("b", 1, 1, 1, 1, 1)),
      requestOf(floats("a", 2, 1, 2, 3, 4, 5, 6, 7, 8), floats("b", 2, 8, 7, 6, 5, 4, 3, 2, 1)),
    ],
  }));

  describe(`an ONNX model in a ${isolation}`, () => {
    it("fails the one request of a batch that is wrong", async () => {
      await using runner = await open(identityModel("BYTES", ["batch"]), { isolation });
      const strings = (name: string, ...elements: readonly Uint8Array[]): Tensor => {
        return { name, datatype: "BYTES", shape: [elements.length], bytes: encodeByteStrings(elements) };
      };
      const inputs = [[utf8("good"), utf8("")], [utf8("fine"), Uint8Array.of(0xff)], [utf8("well")]];
      const batch = inputs.map((elements) => requestOf(strings("input", ...elements)));
      const results = await runner.run(batch, never);
      assert.deepEqual(outputsOf(results[0]), [strings("output", utf8("good"), utf8(""))]);
      assert.ok(failsWith("invalid-value")(results[1]));
      assert.deepEqual(outputsOf(results[2]), [strings("output", utf8("well"))]);
    });

    it("is refused with onnxruntime's reason where it is no model", async () => {
      await assert.rejects(open(new Uint8Array(0), { isolation }), loadCode("load-failed"));
    });

    it("runs its warm-up before it counts as loaded", async () => {
      const input = { name: "input", datatype: "FP32", shape: [2, 4] } as const;
      const warm = { inputs: [input], values: "random", count: 2 } as const;
      await using runner = await open(identityModel(), { isolation, warmup: [warm] });
      assert.equal(runner.metadata().maxBatchSize, Number.POSITIVE_INFINITY);
      const wrong = { ...warm, inputs: [{ ...input, shape: [2, 5] }] };
      await assert.rejects(open(identityModel(), { isolation, warmup: [wrong] }), loadCode("load-failed"));
    });
  });
}

it("a configuration that contradicts the model is refused, with its facts", async () => {
  const input = { name: "input", datatype: "FP32", shape: [5] } as const;
  const loading = open(identityModel(), { inputs: [input], maxBatchSize: 4 });
  await assert.rejects(loading, (error) => {
    assert.ok(error instanceof EngineLoadError);
    assert.deepEqual(error.facts, { model: "m", tensor: "input", expected: [-1, 5], found: [-1, 4] });
    return loadCode("shape-mismatch")(error);
  });
});

describe("a run that stays too long inside native code", () => {
  const steps = (count: bigint): InferenceRequest =>
    requestOf({ name: "steps", datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(count)) });

  it("misses its deadline; its thread ends when the native code returns, and is started again", async () => {
    const clock = new VirtualClock();
    await using runner = await open(slowModel(), { responseTimeout: 100 }, clock);
    const late = runner.run([steps(300n)], never);
    clock.advance(100);
    await assert.rejects(late, failsWith("deadline-exceeded"));
    assert.equal(outputsOf((await runner.run([steps(1n)], never))[0]).length, 1);
  });

  it("misses its deadline even if it stays there; until it ends, requests are refused", async () => {
    const clock = new VirtualClock();
    await using runner = await open(slowModel(), { responseTimeout: 100 }, clock);
    const late = runner.run([steps(1500n)], never);
    clock.advance(100);
    clock.advance(10_000);
    await assert.rejects(late, failsWith("deadline-exceeded"));
    await assert.rejects(runner.run([steps(1n)], never), failsWith("engine-unavailable"));
  });
});
