// One ONNX model on the test's own thread: every datatype, chosen outputs, and what is told of failures.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bytesOf,
  type Datatype,
  datatypes,
  elementCount,
  elementSize,
  encodeByteStrings,
  isInferenceError,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { encodeOnnxModel } from "../../../../conformance/fixtures/onnx-graph.ts";
import { addModel, identityModel } from "../../../../conformance/fixtures/onnx-model.ts";
import { recognitionModel, recognitionPackage } from "../../../../conformance/fixtures/recognition-model.ts";
import { EngineLoadError } from "../engine-error.ts";
import { type OnnxSession, openOnnxSession } from "./onnx-session.ts";
import type { OnnxSource } from "./onnx-source.ts";

type OpenSession = OnnxSession & AsyncDisposable;

async function open(model: Uint8Array<ArrayBuffer> | string): Promise<OpenSession> {
  const source: OnnxSource =
    typeof model === "string" ? { kind: "path", path: model } : { kind: "bytes", bytes: model, external: [] };
  const parts = { model: "m", now: () => performance.now(), native: <T>(work: () => Promise<T>) => work() };
  const session = await openOnnxSession(source, modelDefinition().onnx, parts);
  return { ...session, [Symbol.asyncDispose]: session.close };
}

function floats(name: string, ...values: readonly number[]): Tensor {
  return { name, datatype: "FP32", shape: [values.length / 4, 4], bytes: bytesOf(Float32Array.from(values)) };
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
      await using session = await open(identityModel(datatype));
      assert.deepEqual(session.inputs, [{ name: "input", datatype, shape: [-1, 4] }]);
      const input = sample(datatype);
      const shifted = new Uint8Array(input.bytes.length + 1);
      shifted.set(input.bytes, 1);
      for (const bytes of [input.bytes, shifted.subarray(1)]) {
        const { outputs } = await session.run([{ ...input, bytes }], null);
        assert.deepEqual(outputs, [{ ...input, name: "output" }]);
      }
    });
  }

  it("BF16 is refused at load, by name", async () => {
    await assert.rejects(
      open(identityModel("BF16")),
      (error) => error instanceof EngineLoadError && error.code === "unsupported-type" && /BF16/.test(error.message),
    );
  });

  it("64-bit integers keep every digit", async () => {
    await using session = await open(addModel("INT64", ["batch"]));
    const integer = (name: string, value: bigint): Tensor => {
      return { name, datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(value)) };
    };
    const { outputs } = await session.run([integer("a", 2n ** 62n), integer("b", 3n)], ["sum"]);
    assert.deepEqual(outputs, [integer("sum", 2n ** 62n + 3n)]);
  });

  it("scalars and empty batches go through", async () => {
    await using scalar = await open(identityModel("FP64", []));
    const input = { name: "input", datatype: "FP64", shape: [], bytes: bytesOf(Float64Array.of(Math.PI)) } as const;
    assert.deepEqual((await scalar.run([input], null)).outputs, [{ ...input, name: "output" }]);
    await using session = await open(identityModel());
    const { outputs } = await session.run([floats("input")], null);
    assert.deepEqual(outputs, [floats("output")]);
  });

  it("strings that onnxruntime would change are refused", async () => {
    await using session = await open(identityModel("BYTES", ["batch"]));
    for (const element of [Uint8Array.of(0x61, 0xff), Uint8Array.of(0xed, 0xa0, 0x80), utf8("a\0b")]) {
      const input = { name: "input", datatype: "BYTES", shape: [1], bytes: encodeByteStrings([element]) } as const;
      await assert.rejects(
        session.run([input], null),
        (error) => isInferenceError(error) && error.code === "invalid-value",
      );
    }
  });
});

describe("runs", () => {
  it("compute only the outputs that were asked for", async () => {
    await using session = await open(addModel());
    const inputs = [floats("a", 5, 6, 7, 8), floats("b", 1, 1, 1, 1)];
    assert.deepEqual((await session.run(inputs, ["difference"])).outputs, [floats("difference", 4, 5, 6, 7)]);
  });

  it("keep outputs in the model's order, whatever their names", async () => {
    const values = ["20", "3"].map((name) => ({ name, datatype: "FP32", shape: ["batch", 4] }) as const);
    const model = encodeOnnxModel({
      inputs: [{ name: "x", datatype: "FP32", shape: ["batch", 4] }],
      outputs: values,
      nodes: values.map(({ name }) => ({ op: "Neg", name, inputs: ["x"], outputs: [name] })),
    });
    await using session = await open(model);
    const { outputs } = await session.run([floats("x", 1, 2, 3, 4)], null);
    assert.deepEqual(outputs, [floats("20", -1, -2, -3, -4), floats("3", -1, -2, -3, -4)]);
  });

  it("tell how long they took", async () => {
    await using session = await open(identityModel());
    const { timings } = await session.run([floats("input", 1, 2, 3, 4)], null);
    for (const ns of Object.values(timings)) assert.ok(Number.isInteger(ns) && ns > 0, `${ns} ns`);
  });

  it("name the failing node, and no value of a tensor", async () => {
    const model = encodeOnnxModel({
      inputs: [{ name: "index", datatype: "INT64", shape: ["batch"] }],
      outputs: [{ name: "y", datatype: "FP32", shape: ["batch"] }],
      initializers: [{ name: "table", datatype: "FP32", shape: [2], data: { raw: new Uint8Array(8) } }],
      nodes: [{ op: "Gather", inputs: ["table", "index"], outputs: ["y"] }],
    });
    await using session = await open(model);
    const index = { name: "index", datatype: "INT64", shape: [1], bytes: bytesOf(BigInt64Array.of(123456n)) } as const;
    await assert.rejects(session.run([index], null), (error) => {
      assert.ok(isInferenceError(error) && error.code === "engine-failed");
      assert.match(error.facts.reason, /Gather/);
      assert.doesNotMatch(error.facts.reason, /123456/);
      return true;
    });
  });

  it("name the dimension that does not fit", async () => {
    await using session = await open(addModel("FP32", ["rows", "columns"]));
    const wide = { ...floats("b", 1, 2, 3, 4), shape: [2, 2] };
    await assert.rejects(session.run([floats("a", 1, 2, 3, 4), wide], null), (error) => {
      assert.ok(isInferenceError(error) && error.code === "engine-failed");
      assert.match(error.facts.reason, /broadcast/);
      return true;
    });
  });
});

const recognition = recognitionModel();
const skip = recognition === null && `${recognitionPackage} is not installed`;

it("a text recognition model gives what onnxruntime gives by itself", { skip }, async () => {
  const path = recognition ?? "";
  await using session = await open(path);
  const shape = [2, 3, 48, 96];
  const values = Float32Array.from({ length: elementCount("x", shape) }, (_, i) => Math.sin(i * i));
  const { outputs } = await session.run([{ name: "x", datatype: "FP32", shape, bytes: bytesOf(values) }], null);
  const direct = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const [expected] = Object.values(await direct.run({ x: new OnnxTensor("float32", values, shape) }));
  await direct.release();
  const [output] = outputs;
  assert.ok(output && expected);
  assert.deepEqual(output.shape, expected.dims);
  const found = typedValues("FP32", output.bytes) as Float32Array;
  const wanted = expected.data as Float32Array;
  assert.ok(found.every((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN)) <= 1e-6));
});
