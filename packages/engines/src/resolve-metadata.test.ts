// Which batch, inputs and outputs a model has once its configuration is brought together with its own signature.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Shape, TensorMetadata } from "@sealserve/inference";
import { EngineLoadError } from "./engine-error.ts";
import { type DeclaredTensors, resolveMetadata } from "./resolve-metadata.ts";

const tensor = (name: string, shape: Shape): TensorMetadata => ({ name, datatype: "FP32", shape });

const nothing: DeclaredTensors = { layout: "onnx-file", maxBatchSize: null, inputs: [], outputs: [] };

/** The input `x` and the output `y` of a model of these shapes, as resolved. */
function resolve(input: Shape, output: Shape, declared: Partial<DeclaredTensors> = {}) {
  const signature = { inputs: [tensor("x", input)], outputs: [tensor("y", output)] };
  const { maxBatchSize, inputs, outputs } = resolveMetadata("m", signature, { ...nothing, ...declared });
  return { maxBatchSize, x: inputs[0]?.shape, y: outputs[0]?.shape };
}

function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof EngineLoadError) return error.code;
  }
  return assert.fail("it was not refused");
}

describe("the largest batch", () => {
  it("is without limit where every first dimension is symbolic and no layout says otherwise", () => {
    assert.deepEqual(resolve([-1, 3], [-1, 5]), { maxBatchSize: Infinity, x: [-1, 3], y: [-1, 5] });
    assert.equal(resolve([-1, 3], [-1, 5], { layout: "tensorflow-serving" }).maxBatchSize, Infinity);
  });

  it("is 4 in Triton's repositories", () => {
    assert.equal(resolve([-1, 3], [-1, 5], { layout: "triton-repository" }).maxBatchSize, 4);
  });

  it("is none where one first dimension is fixed or missing", () => {
    assert.deepEqual(resolve([1, 3], [-1, 5]), { maxBatchSize: 0, x: [1, 3], y: [-1, 5] });
    assert.equal(resolve([-1, 3], [1]).maxBatchSize, 0);
    assert.equal(resolve([-1, 3], []).maxBatchSize, 0);
  });

  it("is none where the configuration declares all dimensions of the model", () => {
    const declared = { inputs: [tensor("x", [-1, 3])] };
    assert.deepEqual(resolve([-1, -1], [-1, 5], declared), { maxBatchSize: 0, x: [-1, 3], y: [-1, 5] });
  });

  it("is what the configuration says, none included", () => {
    assert.equal(resolve([-1, 3], [-1, 5], { maxBatchSize: 16 }).maxBatchSize, 16);
    assert.equal(resolve([-1, 3], [-1, 5], { maxBatchSize: 0 }).maxBatchSize, 0);
  });

  it("is refused where the model has no dimension for it", () => {
    for (const shape of [[1, 3], [], [3]]) {
      assert.equal(
        refusal(() => resolve(shape, [-1, 5], { maxBatchSize: 2 })),
        "shape-mismatch",
      );
    }
  });
});

describe("declared tensors", () => {
  it("narrow the model's shapes and are narrowed by them", () => {
    const declared = { maxBatchSize: 2, inputs: [tensor("x", [48, -1])] };
    assert.deepEqual(resolve([-1, -1, 640], [-1, 5], declared).x, [-1, 48, 640]);
  });

  it("fill a shape that the model leaves open", () => {
    assert.deepEqual(resolve([], [], { maxBatchSize: 2, inputs: [tensor("x", [3])], outputs: [tensor("y", [5])] }), {
      maxBatchSize: 2,
      x: [-1, 3],
      y: [-1, 5],
    });
  });

  for (const [what, declared, code] of [
    ["another size", { inputs: [tensor("x", [4])] }, "shape-mismatch"],
    ["another rank", { inputs: [tensor("x", [3, 1])] }, "shape-mismatch"],
    ["another datatype", { outputs: [{ name: "y", datatype: "INT64", shape: [5] }] }, "datatype-mismatch"],
    ["an unknown input", { inputs: [tensor("z", [3])] }, "unknown-tensor"],
    ["an unknown output", { outputs: [tensor("x", [3])] }, "unknown-tensor"],
  ] as const) {
    it(`are refused for ${what}`, () => {
      assert.equal(
        refusal(() => resolve([-1, 3], [-1, 5], { maxBatchSize: 4, ...declared })),
        code,
      );
    });
  }
});
