// Rows put together and taken apart: the one is the inverse of the other.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bytesOf,
  type Datatype,
  elementSize,
  encodeByteStrings,
  type InferenceRequest,
  type InferenceResponse,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import fc from "fast-check";
import { concatenateRows } from "./concatenate-rows.ts";
import { splitRows } from "./split-rows.ts";

const inputs: readonly { readonly name: string; readonly datatype: Datatype; readonly row: readonly number[] }[] = [
  { name: "number", datatype: "FP64", row: [3] },
  { name: "flag", datatype: "BOOL", row: [] },
  { name: "text", datatype: "BYTES", row: [2] },
  { name: "nothing", datatype: "INT32", row: [0, 4] },
];

/** One request for each entry of `rows`, with bytes that `byte` makes, lying at odd offsets. */
function requestsOf(rows: readonly number[], byte: () => number): InferenceRequest[] {
  return rows.map((count) => ({
    model: { name: "m" },
    inputs: inputs.map(({ name, datatype, row }): Tensor => {
      const elements = row.reduce((product, size) => product * size, count);
      const content =
        datatype === "BYTES"
          ? encodeByteStrings(Array.from({ length: elements }, () => new Uint8Array(byte() % 5).fill(byte())))
          : Uint8Array.from({ length: elements * elementSize(datatype) }, byte);
      const odd = new Uint8Array(content.length + 1);
      odd.set(content, 1);
      return { name, datatype, shape: [count, ...row], bytes: odd.subarray(1) };
    }),
  }));
}

function responseOf(outputs: readonly Tensor[]): InferenceResponse {
  return { model: { name: "m", version: "1" }, id: "whole", parameters: { p: 1 }, outputs };
}

const plain = ({ name, datatype, shape, bytes }: Tensor): object => ({ name, datatype, shape, bytes: [...bytes] });

describe("rows of a batch", () => {
  it("come apart as they were put together", () => {
    const rows = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat({ max: 255 })), (rows, stream) => {
        const requests = requestsOf(rows, () => stream.next().value ?? 0);
        const parts = splitRows(responseOf(concatenateRows(requests)), rows);
        assert.deepEqual(
          parts.map(({ outputs }) => outputs.map(plain)),
          requests.map(({ inputs }) => inputs.map(plain)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("are put into buffers of their own, that they fill", () => {
    for (const rows of [[1], [2, 1]]) {
      for (const { name, bytes } of concatenateRows(requestsOf(rows, () => 7))) {
        assert.equal(bytes.byteOffset, 0, name);
        assert.equal(bytes.buffer.byteLength, bytes.length, name);
      }
    }
  });

  it("are found by the name of their input", () => {
    const [first, second] = requestsOf([1, 1], () => 1);
    assert.ok(first && second);
    const turned = { ...second, inputs: [...second.inputs].reverse() };
    assert.deepEqual(concatenateRows([first, turned]).map(plain), concatenateRows([first, second]).map(plain));
    assert.throws(() => concatenateRows([first, { ...second, inputs: [] }]), TypeError);
  });

  it("come apart as views, with the parameters but without the id of the whole", () => {
    const values = Float32Array.from([1, 2, 3, 4, 5, 6]);
    const output: Tensor = { name: "y", datatype: "FP32", shape: [3, 2], bytes: bytesOf(values) };
    const parts = splitRows(responseOf([output]), [1, 2]);
    assert.deepEqual(
      parts.map(({ outputs }) => outputs.map(({ bytes }) => [...typedValues("FP32", bytes)])),
      [[[1, 2]], [[3, 4, 5, 6]]],
    );
    for (const { id, parameters, outputs } of parts) {
      assert.equal(id, undefined);
      assert.deepEqual(parameters, { p: 1 });
      for (const { bytes } of outputs) assert.equal(bytes.buffer, values.buffer);
    }
  });

  it("are refused where the model gave another number of them", () => {
    const output: Tensor = { name: "y", datatype: "UINT8", shape: [3], bytes: new Uint8Array(3) };
    for (const shape of [[3], [], [1, 3]]) {
      assert.throws(() => splitRows(responseOf([{ ...output, shape }]), [1, 1]), { code: "engine-failed" });
    }
  });
});
