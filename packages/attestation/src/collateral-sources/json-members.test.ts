// Members of JSON objects are cut out byte for byte, whatever stands around and inside them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sliceMembers } from "./json-members.ts";

test("each member's text is exactly what stands there", () => {
  const text = ' { "a" : {"x": [1, "}\\"]"], "y":{} } ,"b\\u0041":\t-1.5e3\n, "c":"\\\\", "d":[ ],"e":null }';
  assert.deepEqual(
    [...sliceMembers(text)],
    [
      ["a", '{"x": [1, "}\\"]"], "y":{} }'],
      ["bA", "-1.5e3"],
      ["c", '"\\\\"'],
      ["d", "[ ]"],
      ["e", "null"],
    ],
  );
  assert.equal(sliceMembers(" {} ").size, 0);
});

test("what is no object, or has a name twice, is refused", () => {
  for (const text of ["", "[]", "null", "1", '"{}"', "{", '{"a":1}x', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}']) {
    assert.throws(() => sliceMembers(text), SyntaxError, text);
  }
});

test("the texts mean what the object holds", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, "\t"), (object, indent) => {
      const members = sliceMembers(JSON.stringify(object, null, indent));
      assert.deepEqual([...members.keys()].sort(), Object.keys(object).sort());
      for (const [name, text] of members) {
        const value = Object.entries(object).find(([key]) => key === name)?.[1];
        assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
        assert.equal(text, text.trim());
      }
    }),
  );
});
