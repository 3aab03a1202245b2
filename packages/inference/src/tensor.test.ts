// Tensors: shapes are checked without overflow, and bytes must agree with shape and datatype.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteStringCount, decodeByteStrings, encodeByteStrings } from "./byte-strings.ts";
import { datatypes, elementSize } from "./datatype.ts";
import { InferenceError, type InferenceErrorCode } from "./error.ts";
import { elementCount, maxRank, shapeFits } from "./shape.ts";
import { checkedTensor } from "./tensor.ts";
import { bytesOf, typedValues } from "./typed-values.ts";

function fails(code: InferenceErrorCode, act: () => unknown): void {
  assert.throws(act, (error) => error instanceof InferenceError && error.code === code);
}

test("the number of elements is the exact product, or a refusal", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(5), fc.maxSafeNat()), { maxLength: 8 }), (shape) => {
      const zero = shape.includes(0);
      const exact = shape.filter((size) => size > 0).reduce((product, size) => product * BigInt(size), 1n);
      if (exact > BigInt(Number.MAX_SAFE_INTEGER)) fails("invalid-shape", () => elementCount("x", shape));
      else assert.equal(BigInt(elementCount("x", shape)), zero ? 0n : exact);
    }),
  );
});

test("negative, fractional and too many dimensions are refused", () => {
  for (const shape of [[-1], [1.5], [Number.NaN], [2 ** 53], [0, -3], new Array(10_000).fill(1)]) {
    fails("invalid-shape", () => elementCount("x", shape));
  }
  assert.equal(elementCount("x", new Array(maxRank).fill(1)), 1);
});

test("a tensor holds exactly the bytes that its shape and datatype need", () => {
  for (const datatype of datatypes) {
    if (datatype === "BYTES") continue;
    const bytes = new Uint8Array(6 * elementSize(datatype));
    assert.equal(checkedTensor({ name: "x", datatype, shape: [2, 3], bytes }).bytes, bytes);
    fails("size-mismatch", () => checkedTensor({ name: "x", datatype, shape: [2, 4], bytes }));
    fails("size-mismatch", () => checkedTensor({ name: "x", datatype, shape: [], bytes }));
  }
});

test("byte strings come back as they went, and a length past the end is refused", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), (elements) => {
      const bytes = encodeByteStrings(elements);
      assert.deepEqual(decodeByteStrings("x", bytes), elements);
      checkedTensor({ name: "x", datatype: "BYTES", shape: [elements.length], bytes });
      fails("invalid-value", () =>
        checkedTensor({ name: "x", datatype: "BYTES", shape: [elements.length + 1], bytes }),
      );
      if (bytes.length > 0) fails("invalid-value", () => byteStringCount("x", bytes.subarray(0, -1)));
    }),
  );
});

test("typed values look at the same memory where it is aligned, and at a copy where it is not", () => {
  const buffer = new ArrayBuffer(17);
  const aligned = new Uint8Array(buffer, 8, 8);
  assert.equal(typedValues("FP64", aligned).buffer, buffer);
  const crooked = new Uint8Array(buffer, 1, 16);
  crooked.set(bytesOf(new BigInt64Array([-1n, 9_007_199_254_740_993n])));
  assert.deepEqual([...typedValues("INT64", crooked)], [-1n, 9_007_199_254_740_993n]);
});

test("values are read from a Buffer at an odd offset, whose slice() is no copy", () => {
  const crooked = Buffer.alloc(16, 0).subarray(3, 11);
  crooked.writeInt32LE(-5, 4);
  assert.deepEqual([...typedValues("INT32", crooked)], [0, -5]);
});

test("-1 in an expected shape takes any size, and nothing else does", () => {
  assert.ok(shapeFits([-1, 3], [7, 3]));
  assert.ok(!shapeFits([-1, 3], [7, 4]));
  assert.ok(!shapeFits([-1], [1, 1]));
});
