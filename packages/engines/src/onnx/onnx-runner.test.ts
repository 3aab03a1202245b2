// ONNX models on threads and in processes: every datatype, batches, time-outs, and what is refused at load.
import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  bytesOf,
  type Datatype,
  datatypes,
  elementSize,
  encodeByteStrings,
  type InferenceRequest,
  isInferenceError,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { type BatchResult, type BatchRunner, type Clock, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { encodeOnnxModel } from "../../../../conformance/fixtures/onnx-graph.ts";
import {
  addModel,
  externalDataModel,
  externalWeights,
  identityModel,
  slowModel,
} from "../../../../conformance/fixtures/onnx-model.ts";
import { batchRunnerSuite } from "../../../../conformance/suites/batch-runner-suite.ts";
import { VirtualClock } from "../../../../conformance/suites/virtual-clock.ts";
import { EngineLoadError } from "../engine-error.ts";
import { createRunner } from "../engine-loader.ts";
import type { ModelDefinition } from "../model-definition.ts";

const never = new AbortController().signal;

function open(
  contents: Readonly<Record<string, Uint8Array>>,
  overrides: Partial<ModelDefinition> = {},
  clock: Clock = systemClock(),
): Promise<BatchRunner> {
  const definition = modelDefinition({ files: memoryFiles(contents), ...overrides });
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
    runner: await open({ "model.onnx": addModel() }, { isolation, instances: 2 }),
    requests: [
      requestOf(floats("a", 1, 1, 2, 3, 4), floats("b", 1, 1, 1, 1, 1)),
      requestOf(floats("a", 2, 1, 2, 3, 4, 5, 6, 7, 8), floats("b", 2, 8, 7, 6, 5, 4, 3, 2, 1)),
    ],
  }));
}

/** Two rows of four elements whose bytes all differ, where the datatype allows it. */
function sample(datatype: Datatype): Tensor {
  const shape = [2, 4];
  if (datatype === "BYTES") {
    const texts = ["", "a", "é", "\u{1F600}", "\uFEFFmark", "two words", "\n", "z".repeat(1000)];
    return { name: "input", datatype, shape, bytes: encodeByteStrings(texts.map(utf8)) };
  }
  const bytes = Uint8Array.from({ length: 8 * elementSize(datatype) }, (_, i) =>
    datatype === "BOOL" ? i % 2 : 255 - i,
  );
  return { name: "input", datatype, shape, bytes };
}

describe("datatypes of ONNX models", () => {
  for (const datatype of datatypes.filter((each) => each !== "BF16")) {
    it(`${datatype} goes through unchanged, aligned or not`, async () => {
      await using runner = await open({ "model.onnx": identityModel(datatype) });
      assert.equal(runner.metadata().inputs[0]?.datatype, datatype);
      const input = sample(datatype);
      const shifted = new Uint8Array(input.bytes.length + 1);
      shifted.set(input.bytes, 1);
      for (const bytes of [input.bytes, shifted.subarray(1)]) {
        const [result] = await runner.run([requestOf({ ...input, bytes })], never);
        assert.deepEqual(outputsOf(result), [{ ...input, name: "output" }]);
      }
    });
  }

  it("BF16 is refused at load, by name", async () => {
    const loading = open({ "model.onnx": identityModel("BF16") });
    await assert.rejects(loading, (error) => loadCode("unsupported-type")(error) && /BF16/.test(String(error)));
  });

  it("scalars and empty batches go through", async () => {
    await using scalar = await open({ "model.onnx": identityModel("FP64", []) });
    const input = { name: "input", datatype: "FP64", shape: [], bytes: bytesOf(Float64Array.of(Math.PI)) } as const;
    const [result] = await scalar.run([requestOf(input)], never);
    assert.deepEqual(outputsOf(result), [{ ...input, name: "output" }]);
    await using runner = await open({ "model.onnx": identityModel() });
    const [empty] = await runner.run([requestOf(floats("input", 0))], never);
    assert.deepEqual(outputsOf(empty)[0]?.shape, [0, 4]);
  });

  for (const [what, element] of [
    ["ill-formed UTF-8", Uint8Array.of(0x61, 0xff)],
    ["a NUL", utf8("a\0b")],
  ] as const) {
    it(`a string with ${what} fails its own request only`, async () => {
      await using runner = await open({ "model.onnx": identityModel("BYTES", ["batch"]) });
      const strings = (...elements: readonly Uint8Array[]): InferenceRequest =>
        requestOf({ name: "input", datatype: "BYTES", shape: [elements.length], bytes: encodeByteStrings(elements) });
      const batch = [strings(utf8("good")), strings(utf8("fine"), element), strings(utf8("well"))];
      const results = await runner.run(batch, never);
      assert.deepEqual(outputsOf(results[0])[0]?.bytes, encodeByteStrings([utf8("good")]));
      assert.ok(failsWith("invalid-value")(results[1]));
      assert.deepEqual(outputsOf(results[2])[0]?.bytes, encodeByteStrings([utf8("well")]));
      await assert.rejects(async () => runner.run([strings(element)], never), failsWith("invalid-value"));
    });
  }
});

describe("runs of ONNX models", () => {
  it("compute only the outputs that somebody asked for", async () => {
    await using runner = await open({ "model.onnx": addModel() });
    const inputs = [floats("a", 1, 5, 6, 7, 8), floats("b", 1, 1, 1, 1, 1)];
    const asked = { ...requestOf(...inputs), outputs: [{ name: "difference" }] };
    const [result] = await runner.run([asked], never);
    assert.deepEqual(outputsOf(result), [floats("difference", 1, 4, 5, 6, 7)]);
  });

  it("keep outputs in the model's order, whatever their names", async () => {
    const values = ["20", "3"].map((name) => ({ name, datatype: "FP32", shape: ["batch"] }) as const);
    const model = encodeOnnxModel({
      inputs: [{ name: "x", datatype: "FP32", shape: ["batch"] }],
      outputs: values,
      nodes: values.map(({ name }) => ({ op: "Neg", name, inputs: ["x"], outputs: [name] })),
    });
    await using runner = await open({ "model.onnx": model });
    const input = { name: "x", datatype: "FP32", shape: [1], bytes: bytesOf(Float32Array.of(1)) } as const;
    const [result] = await runner.run([requestOf(input)], never);
    assert.deepEqual(
      outputsOf(result).map(({ name }) => name),
      ["20", "3"],
    );
  });

  it("tell how long they took", async () => {
    await using runner = await open({ "model.onnx": identityModel() });
    const [result] = await runner.run([requestOf(floats("input", 1, 1, 2, 3, 4))], never);
    assert.ok(result && !isInferenceError(result) && result.timings);
    const { computeInput, computeInfer, computeOutput } = result.timings;
    for (const ns of [computeInput, computeInfer, computeOutput]) assert.ok(Number.isInteger(ns) && ns > 0, `${ns}`);
  });

  it("do not tell values of tensors when they fail", async () => {
    const model = encodeOnnxModel({
      inputs: [{ name: "index", datatype: "INT64", shape: ["batch"] }],
      outputs: [{ name: "y", datatype: "FP32", shape: ["batch"] }],
      initializers: [{ name: "table", datatype: "FP32", shape: [2], data: { raw: new Uint8Array(8) } }],
      nodes: [{ op: "Gather", inputs: ["table", "index"], outputs: ["y"] }],
    });
    await using runner = await open({ "model.onnx": model });
    const index = { name: "index", datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(123456n)) } as const;
    await assert.rejects(
      runner.run([requestOf(index)], never),
      (error) => failsWith("engine-failed")(error) && /Gather/.test(String(error)) && !/123456/.test(String(error)),
    );
  });

  it("have the memory of a warm-up behind them", async () => {
    const warm = { inputs: [{ name: "input", datatype: "FP32", shape: [2, 4] }], values: "random", count: 2 } as const;
    await using runner = await open({ "model.onnx": identityModel() }, { warmup: [warm] });
    assert.equal(outputsOf((await runner.run([requestOf(floats("input", 1, 1, 2, 3, 4))], never))[0]).length, 1);
    const wrong = { ...warm, inputs: [{ name: "input", datatype: "FP32", shape: [2, 5] }] } as const;
    await assert.rejects(open({ "model.onnx": identityModel() }, { warmup: [wrong] }), loadCode("load-failed"));
  });

  it("on a thread end late inside native code, yet the deadline holds", async () => {
    const clock = new VirtualClock();
    await using runner = await open({ "model.onnx": slowModel() }, { responseTimeout: 100 }, clock);
    const steps = (count: bigint): InferenceRequest =>
      requestOf({ name: "steps", datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(count)) });
    await runner.run([steps(1n)], never);
    const late = runner.run([steps(1500n)], never);
    clock.advance(100);
    clock.advance(10_000);
    await assert.rejects(late, failsWith("deadline-exceeded"));
    await assert.rejects(runner.run([steps(1n)], never), failsWith("engine-unavailable"));
  });
});

describe("ONNX models that cannot be loaded", () => {
  for (const isolation of ["thread", "process"] as const) {
    it(`fail with onnxruntime's reason in a ${isolation}: not ONNX`, async () => {
      for (const bytes of [utf8("not a model"), new Uint8Array(0), Uint8Array.of(1, 2, 3)]) {
        await assert.rejects(open({ "model.onnx": bytes }, { isolation }), loadCode("load-failed"));
      }
    });
  }

  it("have no such file", async () => {
    await assert.rejects(open({}), loadCode("load-failed"));
  });

  it("name an operator that does not exist", async () => {
    const value = { datatype: "FP32", shape: ["batch"] } as const;
    const model = encodeOnnxModel({
      inputs: [{ name: "x", ...value }],
      outputs: [{ name: "y", ...value }],
      nodes: [{ op: "Nonsense", inputs: ["x"], outputs: ["y"] }],
    });
    await assert.rejects(open({ "model.onnx": model }), (error) => /Nonsense/.test(String(error)));
  });

  it("contradict their configuration", async () => {
    const input = { name: "input", datatype: "FP32", shape: [5] } as const;
    const loading = open({ "model.onnx": identityModel() }, { inputs: [input], maxBatchSize: 4 });
    await assert.rejects(loading, loadCode("shape-mismatch"));
  });
});

describe("weights in files of their own", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "onnx-"));
    await writeFile(join(folder, "outside.bin"), externalWeights);
  });
  after(() => rm(folder, { recursive: true }));

  /** A model folder on disk with `inside.bin` and a link to `outside.bin`. */
  async function openFolder(location: string): Promise<BatchRunner> {
    const model = await mkdtemp(join(folder, "model-"));
    await writeFile(join(model, "inside.bin"), externalWeights);
    await symlink("../outside.bin", join(model, "link.bin"));
    await writeFile(join(model, "model.onnx"), externalDataModel(location));
    return open({}, { files: { ...memoryFiles({}), path: (name) => join(model, name) } });
  }

  const weights = { "model.onnx": externalDataModel("parts/w.bin"), "parts/w.bin": externalWeights };

  for (const [where, opened] of [
    ["on disk", () => openFolder("inside.bin")],
    ["in memory", () => open(weights)],
  ] as const) {
    it(`are found ${where}`, async () => {
      await using runner = await opened();
      const [result] = await runner.run([requestOf(floats("input", 1, 10, 20, 30, 40))], never);
      assert.deepEqual(outputsOf(result), [floats("output", 1, 11, 22, 33, 44)]);
    });
  }

  for (const location of ["../outside.bin", "link.bin", "missing.bin", "/etc/hostname", "x/../../outside.bin"]) {
    it(`on disk are refused at '${location}'`, async () => {
      await assert.rejects(openFolder(location), loadCode("load-failed"));
    });
  }

  for (const location of ["../outside.bin", "package.json", "/etc/hostname", "x/../../outside.bin", "", ".."]) {
    it(`in memory are refused at '${location}'`, async () => {
      await assert.rejects(open({ "model.onnx": externalDataModel(location) }), loadCode("external-data"));
    });
  }
});

describe("values of onnxruntime", () => {
  it("keep every digit of 64-bit integers", async () => {
    await using runner = await open({ "model.onnx": addModel("INT64", ["batch"]) });
    const of = (name: string, value: bigint): Tensor => {
      return { name, datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(value)) };
    };
    const [result] = await runner.run([requestOf(of("a", 2n ** 62n), of("b", 3n))], never);
    const [sum] = outputsOf(result);
    assert.ok(sum);
    assert.deepEqual(typedValues("INT64", sum.bytes), BigInt64Array.of(2n ** 62n + 3n));
  });
});
