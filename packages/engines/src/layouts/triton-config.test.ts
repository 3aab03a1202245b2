// Triton configurations: what is read, and that nothing with a meaning is passed over.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTritonConfig } from "./triton-config.ts";

const parse = (text: string) => parseTritonConfig("config.pbtxt", text);

const full = `
name: "ocr"
platform: "onnxruntime_onnx"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, 48, -1 ] } ]
output { name: "y" data_type: TYPE_STRING dims: 1 label_filename: "labels.txt" }
version_policy: { specific { versions: [1, 3] } }
instance_group [ { count: 2 kind: KIND_CPU }, { name: "more" } ]
dynamic_batching {
  preferred_batch_size: [ 8, 4 ]
  max_queue_delay_microseconds: 1500
  preserve_ordering: true
  default_queue_policy { max_queue_size: 32 }
}
optimization { graph { level: 1 } }
parameters { key: "intra_op_thread_count" value { string_value: "2" } }
parameters { key: "execution_mode" value: { string_value: "1" } }
parameters { key: "isolation" value: { string_value: "process" } }
parameters { key: "other" value: { string_value: "?" } }
model_warmup [ {
  name: "first" batch_size: 2 count: 3
  inputs { key: "x" value { data_type: TYPE_FP32 dims: [3, 48, 320] random_data: true } }
} ]
model_transaction_policy { decoupled: false }
default_model_filename: "rec.onnx"
`;

describe("a Triton configuration", () => {
  it("is read whole", () => {
    assert.deepEqual(parse(full), {
      name: "ocr",
      engine: "onnx",
      policy: { kind: "specific", versions: ["1", "3"] },
      maxBatchSize: 8,
      inputs: [{ name: "x", datatype: "FP32", shape: [3, 48, -1] }],
      outputs: [{ name: "y", datatype: "BYTES", shape: [1] }],
      modelFile: "rec.onnx",
      instances: 3,
      batching: { maxQueueDelay: 1.5, preferredBatchSizes: [4, 8], maxQueueSize: 32 },
      onnx: { intraOpThreads: 2, interOpThreads: null, executionMode: "parallel", graphOptimization: "extended" },
      isolation: "process",
      warmup: [{ inputs: [{ name: "x", datatype: "FP32", shape: [2, 3, 48, 320] }], values: "random", count: 3 }],
      unread: ["parameters.other"],
    });
  });

  it("may be empty: then everything comes from the model", () => {
    const { engine, maxBatchSize, instances, policy, modelFile } = parse("");
    const expected = { engine: "onnx", maxBatchSize: null, instances: null, policy: null, modelFile: "model.onnx" };
    assert.deepEqual({ engine, maxBatchSize, instances, policy, modelFile }, expected);
  });

  it("without a batch size has no batch dimension where it declares tensors", () => {
    assert.equal(parse('input { name: "x" data_type: TYPE_FP32 dims: 4 }').maxBatchSize, 0);
  });

  it("knows the reference models", () => {
    assert.equal(parse('backend: "identity" platform: "sealserve_reference"').engine, "identity");
    assert.equal(parse('backend: "add_sub"').engine, "add_sub");
  });

  const policies = [
    ["version_policy { latest { num_versions: 2 } }", { kind: "latest", count: 2 }],
    ["version_policy { latest { } }", { kind: "latest", count: 1 }],
    ["version_policy: { all: { } }", { kind: "all" }],
  ] as const;
  for (const [text, policy] of policies) it(`reads ${text}`, () => assert.deepEqual(parse(text).policy, policy));

  const input = (field: string) => `input { name: "x" data_type: TYPE_FP32 dims: 4 ${field} }`;
  const unsupported: readonly (readonly [string, string])[] = [
    ["ensemble_scheduling { }", "ensemble_scheduling"],
    ["sequence_batching { }", "sequence_batching"],
    ["model_repository_agents { }", "model_repository_agents"],
    ["model_transaction_policy { decoupled: true }", "model_transaction_policy.decoupled"],
    ["response_cache { enable: true }", "response_cache.enable"],
    ["batch_input { }", "batch_input"],
    ["model_operations { }", "model_operations"],
    [input("reshape: { shape: [2, 2] }"), "input[0].reshape"],
    [input("optional: true"), "input[0].optional"],
    [input("allow_ragged_batch: true"), "input[0].allow_ragged_batch"],
    [input("format: FORMAT_NHWC"), "input[0].format"],
    ["instance_group { kind: KIND_GPU }", "instance_group[0].kind: KIND_GPU"],
    ["instance_group { gpus: [0] }", "instance_group[0].gpus"],
    ["dynamic_batching { priority_levels: 2 }", "dynamic_batching.priority_levels"],
    [
      "dynamic_batching { default_queue_policy { default_timeout_microseconds: 5 } }",
      "dynamic_batching.default_queue_policy.default_timeout_microseconds",
    ],
    ["optimization { execution_accelerators { } }", "optimization.execution_accelerators"],
    ["optimization { cuda { graphs: true } }", "optimization.cuda"],
    ['platform: "tensorrt_plan"', "platform: tensorrt_plan"],
    ['backend: "python"', "backend: python"],
  ];
  for (const [text, field] of unsupported) {
    it(`refuses ${field} by name`, () => {
      assert.throws(
        () => parse(text),
        (error: { code: string; facts: { field: string } }) => {
          assert.deepEqual([error.code, error.facts.field], ["config-unsupported", field]);
          return true;
        },
      );
    });
  }

  const wrong: readonly (readonly [string, string])[] = [
    ["max_batch_size: -1", "max_batch_size"],
    ["max_batch_size: 1 max_batch_size: 2", "max_batch_size"],
    ['max_batch_size: "8"', "max_batch_size"],
    ["max_batch_size: 99999999999999999999", "max_batch_size"],
    ["nmae: 'ocr'", "nmae"],
    ["name: ocr", "name"],
    ["name { }", "name"],
    ["input: 'x'", "input[0]"],
    [input("").repeat(2), "input"],
    ["input { name: 'x' dims: 4 }", "input[0].data_type"],
    ["input { name: 'x' data_type: TYPE_FP8 dims: 4 }", "input[0].data_type"],
    ["input { data_type: TYPE_FP32 dims: 4 }", "input[0].name"],
    ["input { name: 'x' data_type: TYPE_FP32 dims: [-2] }", "input[0].dims"],
    ["version_policy { }", "version_policy"],
    ["version_policy { all { } latest { } }", "version_policy"],
    ["instance_group { count: -1 }", "instance_group[0].count"],
    ["optimization { graph { level: 7 } }", "optimization.graph.level"],
    ["parameters { key: 'intra_op_thread_count' value { string_value: 'many' } }", "parameters.intra_op_thread_count"],
    ["model_transaction_policy { decoupled: maybe }", "model_transaction_policy.decoupled"],
    [
      "model_warmup { inputs { key: 'x' value { data_type: TYPE_FP32 dims: -1 } } }",
      "model_warmup[0].inputs[0].value.dims",
    ],
  ];
  for (const [text, field] of wrong) {
    it(`refuses ${text}`, () => {
      assert.throws(
        () => parse(text),
        (error: { code: string; facts: { field: string } }) => {
          assert.deepEqual([error.code, error.facts.field], ["config-value", field]);
          return true;
        },
      );
    });
  }
});
