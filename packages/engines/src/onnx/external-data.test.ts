// The scan for weights outside of a model file: it finds all of them, and survives any bytes.
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { encodeOnnxModel, type OnnxGraph, type OnnxInitializer } from "../../../../conformance/fixtures/onnx-graph.ts";
import { addModel, externalDataModel } from "../../../../conformance/fixtures/onnx-model.ts";
import { bytes, message } from "../../../../conformance/fixtures/protobuf-writer.ts";
import { externalLocations, MalformedModelError } from "./external-data.ts";

const weights = (location: string): OnnxInitializer => ({
  name: location,
  datatype: "FP32",
  shape: [1],
  data: { location },
});

it("finds weights of the graph, of nodes, and of graphs inside nodes", () => {
  const inner: OnnxGraph = {
    inputs: [],
    outputs: [],
    nodes: [],
    initializers: [weights("inner.bin"), weights("w.bin")],
  };
  const model = encodeOnnxModel({
    inputs: [],
    outputs: [],
    initializers: [weights("w.bin")],
    nodes: [
      { op: "Constant", inputs: [], outputs: ["c"], attributes: { value: { tensor: weights("node.bin") } } },
      { op: "If", inputs: ["c"], outputs: ["d"], attributes: { then_branch: { graph: inner } } },
    ],
  });
  assert.deepEqual(externalLocations(model).sort(), ["inner.bin", "node.bin", "w.bin"]);
  assert.deepEqual(externalLocations(addModel()), []);
});

it("refuses messages that are cut off or too deep", () => {
  const model = externalDataModel("w.bin");
  assert.throws(() => externalLocations(model.subarray(0, model.length - 3)), MalformedModelError);
  // attribute.g (6) and graph.node (1), node.attribute (5), again and again.
  let nested = new Uint8Array();
  for (let i = 0; i < 100; i++) nested = new Uint8Array(message(1, [message(5, [bytes(6, nested)])]));
  assert.throws(() => externalLocations(message(7, [nested])), MalformedModelError);
});

it("answers or refuses any bytes", () => {
  const model = externalDataModel("w.bin");
  const damaged = fc.array(fc.tuple(fc.nat(model.length - 1), fc.nat(255)), { maxLength: 5 }).map((changes) => {
    const copy = model.slice();
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (input) => {
      try {
        externalLocations(input);
      } catch (error) {
        assert.ok(error instanceof MalformedModelError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
