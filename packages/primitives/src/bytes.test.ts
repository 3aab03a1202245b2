// Joining and comparing bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes, equalBytes, strictTextOf, textOf, utf8 } from "./bytes.ts";

test("chunks join in order, and one chunk is not copied", () => {
  const one = new Uint8Array([1, 2]);
  assert.equal(concatBytes([one]), one);
  assert.deepEqual([...concatBytes([one, new Uint8Array(), new Uint8Array([3])])], [1, 2, 3]);
  assert.equal(concatBytes([]).length, 0);
});

test("bytes are equal only when every byte is", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      assert.ok(equalBytes(a, a.slice()));
    }),
  );
});

test("text survives, and ill-formed UTF-8 is refused when asked strictly", () => {
  assert.equal(textOf(utf8("\ufeffé漢🙂")), "\ufeffé漢🙂");
  assert.equal(strictTextOf(utf8("é")), "é");
  assert.throws(() => strictTextOf(new Uint8Array([0xc3])), TypeError);
});
