// The cursor reads what is there, in order, and never past the end.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteCursor, TruncatedError } from "./byte-cursor.ts";

test("numbers and views come in order", () => {
  const cursor = new ByteCursor(new Uint8Array([1, 2, 0, 3, 0, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 9]));
  assert.equal(cursor.uint8(), 1);
  assert.equal(cursor.uint16le(), 2);
  assert.equal(cursor.uint32le(), 3);
  assert.equal(cursor.uint32be(), 4);
  assert.equal(cursor.uint64le(), 5n);
  assert.deepEqual([...cursor.take(1)], [9]);
  assert.equal(cursor.remaining, 0);
});

test("a view on the middle of a buffer reads its own bytes", () => {
  const cursor = new ByteCursor(new Uint8Array([9, 9, 7, 0, 9]).subarray(2, 4));
  assert.equal(cursor.uint16le(), 7);
  assert.throws(() => cursor.uint8(), TruncatedError);
});

test("a length beyond the end, negative or not whole is refused and moves nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.oneof(fc.integer(), fc.double()), (bytes, wanted) => {
      const cursor = new ByteCursor(bytes);
      if (Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= bytes.length) {
        // -0 is a length of 0 too.
        assert.ok(cursor.take(wanted).length === wanted);
        return;
      }
      assert.throws(
        () => cursor.take(wanted),
        (error) => error instanceof TruncatedError && error.code === "truncated" && error.facts.length === bytes.length,
      );
      assert.equal(cursor.at, 0);
    }),
  );
});
