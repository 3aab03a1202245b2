// What handlers return, as bytes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textOf } from "@sealserve/primitives";
import { resultBytes } from "./result-bytes.ts";

describe("the result of a row", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["text as it is", "text", "text"],
    ["bytes as they are", Uint8Array.of(65, 66), "AB"],
    ["a buffer as it is", Uint8Array.of(65).buffer, "A"],
    ["a number", 1.5, "1.5"],
    ["nothing", null, "null"],
    ["a list", [1, "a", null, undefined], '[1,"a",null,null]'],
    ["an object", { a: { b: [true] } }, '{"a":{"b":[true]}}'],
    ["typed values", { a: Float32Array.of(0.5, 2) }, '{"a":[0.5,2]}'],
    ["typed values at the top", Int16Array.of(1, 2), "[1,2]"],
    ["every digit of 64-bit integers", { a: BigInt64Array.of(2n ** 63n - 1n) }, '{"a":[9223372036854775807]}'],
    [
      "a Map in its order",
      new Map<unknown, unknown>([
        ["10", 0.9],
        ["2", new Map([["a", 1]])],
      ]),
      '{"10":0.9,"2":{"a":1}}',
    ],
    ["a list of Maps", [new Map([["x", 1]])], '[{"x":1}]'],
  ];
  for (const [what, value, text] of cases) it(`is ${what}`, () => assert.equal(textOf(resultBytes(value)), text));

  it("is refused where it has no JSON", () => {
    for (const value of [undefined, () => 1, Symbol("s")]) assert.throws(() => resultBytes(value), TypeError);
  });
});
