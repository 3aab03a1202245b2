// Packing requests for their way to an engine: the requests keep their bytes, and any name is just a name.
import assert from "node:assert/strict";
import { it } from "node:test";
import { type InferenceRequest, isInferenceError, type Tensor } from "@sealserve/inference";
import { packBatch, unpackResults } from "./pack-batch.ts";

const model = { name: "m", version: "1" };
const timings = { computeInput: 1, computeInfer: 2, computeOutput: 3 };

function request(shape: readonly number[], ...values: readonly number[]): InferenceRequest {
  return { model, inputs: [{ name: "x", datatype: "UINT8", shape, bytes: Uint8Array.from(values) }] };
}

it("puts the rows of all requests into fresh buffers", () => {
  const requests = [request([1, 2], 1, 2), { ...request([2, 2], 3, 4, 5, 6), id: "b", outputs: [{ name: "y" }] }];
  const { batch, transfer } = packBatch(requests, { batched: true });
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual(batch.inputs, [{ name: "x", datatype: "UINT8", shape: [3, 2], bytes }]);
  assert.deepEqual(batch.requests, [{ rows: 1 }, { rows: 2, id: "b", outputs: ["y"] }]);
  structuredClone(batch, { transfer: [...transfer] });
  assert.deepEqual(requests[1]?.inputs[0]?.bytes, Uint8Array.of(3, 4, 5, 6));
});

it("leaves the bytes of requests where they are for who only reads them", () => {
  const one = request([1, 2], 1, 2);
  const other = { ...one, inputs: one.inputs.map((input) => ({ ...input, name: "y" })) };
  const alone = packBatch([one], { batched: true, shared: true });
  assert.equal(alone.batch.inputs[0]?.bytes, one.inputs[0]?.bytes);
  const together = packBatch([one, other], { batched: true, shared: true });
  assert.equal(together.batch.requests[1]?.inputs?.[0]?.bytes, one.inputs[0]?.bytes);
  assert.deepEqual([...alone.transfer, ...together.transfer], []);
  assert.notEqual(packBatch([one], { batched: true }).batch.inputs[0]?.bytes, one.inputs[0]?.bytes);
});

it("keeps the shape of a single request, a scalar too", () => {
  for (const shape of [[], [1], [4, 1]]) {
    const { batch } = packBatch([request(shape, 1)], { batched: false });
    assert.deepEqual(batch.inputs[0]?.shape, shape);
    assert.deepEqual(batch.requests, [{ rows: 1 }]);
  }
});

it("carries parameters of inputs of any name", () => {
  const input: Tensor = { name: "__proto__", datatype: "UINT8", shape: [1], bytes: Uint8Array.of(1) };
  const { batch } = packBatch([{ model, inputs: [{ ...input, parameters: { content_type: "text/plain" } }] }], {
    batched: true,
  });
  const [packed] = structuredClone(batch).requests;
  assert.deepEqual(Object.entries(packed?.inputParameters ?? {}), [["__proto__", { content_type: "text/plain" }]]);
});

it("gives each result its request's id, and errors their class", () => {
  const results = [
    { outputs: [] },
    { error: { kind: "other", reason: "odd" } as const },
    { error: { kind: "inference", code: "cancelled", facts: {}, reason: "" } as const },
  ];
  const requests = [{ ...request([1], 1), id: "a" }, request([1], 2), request([1], 3)];
  const [first, ...errors] = unpackResults(model, requests, results, timings);
  assert.deepEqual(first, { model, id: "a", outputs: [], timings });
  assert.deepEqual(
    errors.map((error) => isInferenceError(error) && error.code),
    ["engine-failed", "cancelled"],
  );
});
