// Which requests may share a batch, and that no name can forge it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InferenceRequest, ModelKind, Tensor } from "@sealserve/inference";
import { batchKey, runsAlone } from "./batch-key.ts";

function key(kind: ModelKind, ...inputs: Partial<Tensor>[]): string {
  const whole: Tensor = { name: "x", datatype: "FP32", shape: [1, 2], bytes: new Uint8Array() };
  const request: InferenceRequest = { model: { name: "m" }, inputs: inputs.map((input) => ({ ...whole, ...input })) };
  return batchKey(kind, request);
}

describe("the batch key", () => {
  it("does not look at the batch dimension", () => {
    assert.equal(key("tensors", { shape: [1, 2] }), key("tensors", { shape: [7, 2] }));
  });

  it("differs with names, datatypes, other dimensions, rank and number of inputs", () => {
    const keys = [
      key("tensors", {}),
      key("tensors", { name: "y" }),
      key("tensors", { datatype: "INT32" }),
      key("tensors", { shape: [1, 3] }),
      key("tensors", { shape: [1, 2, 1] }),
      key("tensors", { shape: [1] }),
      key("tensors", {}, { name: "y" }),
      key("tensors"),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it("cannot be forged by a name", () => {
    assert.notEqual(key("tensors", { name: 'x"FP32,2"y' }), key("tensors", { name: "x" }, { name: "y" }));
  });

  it("of fields differs with whether explanations are asked for; whoever asks for a description runs alone", () => {
    const request = (header: string) => ({
      model: { name: "m" },
      inputs: [],
      parameters: { [`http.header.${header}`]: "True" },
    });
    assert.notEqual(batchKey("fields", request("explain")), batchKey("fields", request("other")));
    assert.equal(batchKey("tensors", request("explain")), batchKey("tensors", request("other")));
    assert.deepEqual([runsAlone("fields", request("describe")), runsAlone("fields", request("other"))], [true, false]);
    assert.equal(runsAlone("tensors", request("describe")), false);
  });

  it("of fields is the same for all", () => {
    assert.equal(key("fields", { name: "a", shape: [1] }), key("fields", { name: "b", shape: [1, 1] }, { name: "c" }));
  });
});
