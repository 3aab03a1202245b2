// The reader agrees with JSON.parse on every document but where it is stricter, and refuses what it must.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type InferenceError, isInferenceError } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { JsonReader } from "./json-reader.ts";

/** The whole document as a tree: what the reader's users never build. */
function parse(reader: JsonReader): unknown {
  const value = parseValue(reader);
  reader.end();
  return value;
}

function parseValue(reader: JsonReader): unknown {
  switch (reader.peek()) {
    case "object": {
      const members: [string, unknown][] = [];
      reader.beginObject();
      for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) members.push([key, parseValue(reader)]);
      return Object.fromEntries(members);
    }
    case "array": {
      const elements: unknown[] = [];
      reader.beginArray();
      while (reader.nextElement()) elements.push(parseValue(reader));
      return elements;
    }
    case "string":
      return reader.string();
    case "number":
      return reader.number();
    case "null":
      return reader.null();
    case "true":
    case "false":
      return reader.boolean();
  }
}

function refusal(act: () => unknown): InferenceError {
  try {
    act();
  } catch (error) {
    if (isInferenceError(error)) return error;
    throw error;
  }
  assert.fail("nothing was refused");
}

const read = (text: string): unknown => parse(new JsonReader(utf8(text)));

/** Where we are stricter than JSON.parse, or looser: documents that tell nothing. */
function differsByDesign(text: string, tree: unknown): boolean {
  if (/NaN|Infinity/.test(text)) return true;
  // A key twice, half a surrogate pair, a number that overflows: seen in what JSON.parse makes of them.
  return (
    tree !== undefined && (/\\u[dD][89a-fA-F]/.test(text) || text !== text.toWellFormed() || losesSomething(text, tree))
  );
}

function losesSomething(text: string, tree: unknown): boolean {
  const keys = text.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0;
  let kept = 0;
  let overflow = false;
  JSON.stringify(tree, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) kept += Object.keys(value).length;
    if (typeof value === "number" && !Number.isFinite(value)) overflow = true;
    return value;
  });
  return overflow || keys !== kept;
}

function compare(text: string): void {
  let expected: unknown;
  try {
    expected = JSON.parse(text);
  } catch {
    if (!differsByDesign(text, undefined)) assert.equal(refusal(() => read(text)).code, "malformed", text);
    return;
  }
  if (!differsByDesign(text, expected)) assert.deepEqual(read(text), expected, text);
}

describe("JsonReader", () => {
  const json = fc.json({ maxDepth: 6, noUnicodeString: false });

  it("reads what JSON.parse reads", () => {
    fc.assert(fc.property(json, compare), { numRuns: 2000 });
  });

  it("reads doubles as JSON.parse does, digit for digit", () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/);
    fc.assert(fc.property(digits, compare), { numRuns: 5000 });
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), compare), { numRuns: 2000 });
  });

  it("agrees with JSON.parse on mutated documents", () => {
    const mutation = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.constantFrom("", ...'[]{},:"\\0-1.eE+ \ntfn'),
    });
    fc.assert(
      fc.property(json, mutation, (text, { at, cut, put }) => {
        const start = at % (text.length + 1);
        compare(text.slice(0, start) + put + text.slice(start + cut));
      }),
      { numRuns: 5000 },
    );
  });

  it("skips exactly what it would have read", () => {
    fc.assert(
      fc.property(json, (text) => {
        const bytes = utf8(`  ${text} `);
        if (differsByDesign(text, JSON.parse(text))) return;
        const reader = new JsonReader(bytes);
        const range = reader.skip();
        reader.end();
        assert.deepEqual(parse(reader.within(range)), JSON.parse(text));
        assert.deepEqual([range.start, range.end], [2, 2 + utf8(text.trim()).length]);
      }),
    );
  });

  it("takes the bare numbers", () => {
    assert.deepEqual(read("[NaN, Infinity, -Infinity]"), [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    for (const text of ["Nan", "Inf", "-NaN", "+Infinity", "Infinit"])
      assert.equal(refusal(() => read(text)).code, "malformed");
  });

  it("keeps every digit of a 64-bit integer", () => {
    const exact = (text: string): number | bigint => new JsonReader(utf8(text)).exactNumber();
    assert.equal(exact("9223372036854775807"), 9223372036854775807n);
    assert.equal(exact("-9223372036854775808"), -9223372036854775808n);
    assert.equal(exact("18446744073709551615"), 18446744073709551615n);
    assert.equal(exact("9007199254740991"), 9007199254740991);
    assert.equal(exact("1.5"), 1.5);
    assert.equal(exact("1".repeat(1000).slice(0, 300)), Number("1".repeat(300)));
  });

  it("resolves escapes", () => {
    assert.equal(read(String.raw`"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"`), '"\\/\b\f\n\r\tAé€😀');
  });

  const refused: readonly (readonly [what: string, text: string])[] = [
    ["nothing", ""],
    ["space only", " \n"],
    ["trailing bytes", "{} x"],
    ["a second document", "{}{}"],
    ["a trailing comma", "[1,]"],
    ["a leading comma", "[,1]"],
    ["a missing comma", "[1 2]"],
    ["a trailing comma in an object", '{"a":1,}'],
    ["a key that is no string", "{a:1}"],
    ["a missing colon", '{"a" 1}'],
    ["a missing value", '{"a":}'],
    ["the wrong bracket", "[1}"],
    ["an open array", "[[1]"],
    ["an open string", '"abc'],
    ["a string that ends in a backslash", '"abc\\'],
    ["a raw newline in a string", '"a\nb"'],
    ["an unknown escape", String.raw`"\x41"`],
    ["a short unicode escape", String.raw`"\u12"`],
    ["a unicode escape without digits", String.raw`"\u12g4"`],
    ["half a surrogate pair", String.raw`"\ud83d"`],
    ["the second half first", String.raw`"\ude00\ud83d"`],
    ["two first halves", String.raw`"\ud83d\ud83d"`],
    ["the same key twice", '{"a":1,"a":2}'],
    ["the same key twice, once escaped", String.raw`{"a":1,"\u0061":2}`],
    ["a leading zero", "01"],
    ["a bare point", "1."],
    ["no digit before the point", ".5"],
    ["an empty exponent", "1e"],
    ["a plus sign", "+1"],
    ["a lone minus", "-"],
    ["hexadecimal", "0x10"],
    ["a number too large for a double", "1e400"],
    ["a byte order mark", "\ufeff{}"],
    ["a comment", "[1 /* one */]"],
    ["a word", "nul"],
    ["a word too long", "nulls"],
    ["single quotes", "'a'"],
    ["a NUL byte", "\u0000"],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what}, read or skipped`, () => {
      assert.equal(refusal(() => read(text)).code, "malformed");
      const skip = (): void => {
        const reader = new JsonReader(utf8(text));
        reader.skip();
        reader.end();
      };
      assert.equal(refusal(skip).code, "malformed");
    });
  }

  it("refuses ill-formed UTF-8 in strings and keys", () => {
    for (const byte of [0x80, 0xc0, 0xe2, 0xff]) {
      for (const bytes of [
        [0x22, byte, 0x22],
        [0x7b, 0x22, byte, 0x22, 0x3a, 0x31, 0x7d],
      ]) {
        assert.equal(refusal(() => parse(new JsonReader(Uint8Array.from(bytes)))).code, "malformed");
        assert.equal(refusal(() => new JsonReader(Uint8Array.from(bytes)).skip()).code, "malformed");
      }
    }
  });

  it("names the offset", () => {
    const error = refusal(() => read('{"a": [1, 2 3]}'));
    assert.deepEqual(error.facts, { problem: "a comma or the closing bracket is expected", offset: 12 });
  });

  it("refuses depth beyond the limit without recursion", () => {
    const depth = (count: number): string => "[".repeat(count) + "]".repeat(count);
    assert.doesNotThrow(() => new JsonReader(utf8(depth(100))).skip());
    assert.equal(refusal(() => new JsonReader(utf8(depth(101))).skip()).code, "malformed");
    assert.equal(refusal(() => new JsonReader(utf8("[".repeat(1_000_000))).skip()).code, "malformed");
    assert.doesNotThrow(() => new JsonReader(utf8(depth(50_000)), { maxDepth: 50_000 }).skip());
  });

  it("bounds keys and their number", () => {
    assert.equal(refusal(() => read(`{"${"k".repeat(1 << 20)}":1}`)).code, "malformed");
    assert.doesNotThrow(() => read(`{"${"k".repeat(65_536)}":1}`));
    const keys = [...Array(12).keys()].map((i) => `"${i}":${i}`).join();
    assert.doesNotThrow(() => new JsonReader(utf8(`{${keys}}`), { maxKeys: 12 }).skip());
    assert.equal(refusal(() => new JsonReader(utf8(`{${keys}}`), { maxKeys: 11 }).skip()).code, "malformed");
    assert.equal(refusal(() => new JsonReader(utf8(`{${keys},"3":1}`)).skip()).code, "malformed");
  });

  it("is due for a pause once a slice", () => {
    const reader = new JsonReader(utf8(`[${"1234567,".repeat(25_000)}1]`));
    let pauses = 0;
    for (const work = reader.skipPaced(); !work.next().done; ) pauses++;
    assert.ok(pauses >= 5 && pauses <= 7, `${pauses} pauses`);
  });
});
