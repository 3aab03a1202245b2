// The protobuf text format: its grammar by example, its errors by place, its strings by property.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isLayoutError } from "../layout-error.ts";
import { parseProtobufText, type TextMessage, type TextValue } from "./protobuf-text.ts";

/** Pairs of names and plain values. */
function plain(message: TextMessage): unknown[] {
  const plainValue = (value: TextValue): unknown => (value.kind === "message" ? plain(value) : value.value);
  return message.fields.map(({ name, value }) => [name, plainValue(value)]);
}

const parsed = (text: string) => plain(parseProtobufText("test", text));

describe("protobuf text format", () => {
  const cases: readonly (readonly [string, string, unknown[]])[] = [
    ["nothing", " # only a comment", []],
    [
      "scalars",
      `a: 1 b: "x" c: WORD d: -2.5e3 e: .5 f: 1.f`,
      [
        ["a", "1"],
        ["b", "x"],
        ["c", "WORD"],
        ["d", "-2.5e3"],
        ["e", ".5"],
        ["f", "1.f"],
      ],
    ],
    [
      "integers of three bases",
      "a: 0x1F b: 017 c: 10",
      [
        ["a", "0x1F"],
        ["b", "017"],
        ["c", "10"],
      ],
    ],
    [
      "infinities",
      "a: inf b: -inf c: nan",
      [
        ["a", "inf"],
        ["b", "-inf"],
        ["c", "nan"],
      ],
    ],
    [
      "messages with and without a colon",
      "a { b: 1 } a: { b: 2 } a < b: 3 >",
      [
        ["a", [["b", "1"]]],
        ["a", [["b", "2"]]],
        ["a", [["b", "3"]]],
      ],
    ],
    [
      "separators",
      "a: 1, b: 2; c { d: 3, }, e: 4",
      [
        ["a", "1"],
        ["b", "2"],
        ["c", [["d", "3"]]],
        ["e", "4"],
      ],
    ],
    [
      "lists",
      "a: [1, 2] b: [] c [ { d: 1 }, < d: 2 > ]",
      [
        ["a", "1"],
        ["a", "2"],
        ["c", [["d", "1"]]],
        ["c", [["d", "2"]]],
      ],
    ],
    [
      "comments anywhere",
      "a: # why\n 1 # b: 2\nc: 3",
      [
        ["a", "1"],
        ["c", "3"],
      ],
    ],
    ["strings side by side", `a: "x" 'y'\n "z"`, [["a", "xyz"]]],
    ["escapes", String.raw`a: "\n\t\"\'\\\x41\101\u00e9\U0001F600\?"`, [["a", "\n\t\"'\\AA\u00e9\u{1F600}?"]]],
    ["bytes of UTF-8", String.raw`a: "\303\251"`, [["a", "\u00e9"]]],
    ["a hash in a string", `a: "#x"`, [["a", "#x"]]],
  ];
  for (const [what, text, expected] of cases) it(`takes ${what}`, () => assert.deepEqual(parsed(text), expected));

  const faults: readonly (readonly [string, string, number, number])[] = [
    ["a missing colon", "name 'x'", 1, 6],
    ["a missing value", "a: 1\nb:", 2, 3],
    ["a message left open", "a {\n b: 1\n", 3, 1],
    ["a sign that closes nothing", "a: 1 }", 1, 6],
    ["the wrong closing sign", "a { b: 1 >", 1, 10],
    ["a string left open", 'a: "x\n"', 1, 4],
    ["an unknown escape", String.raw`a: "\q"`, 1, 4],
    ["an octal escape that is no byte", String.raw`a: "\777"`, 1, 4],
    ["half of a surrogate pair", String.raw`a: "\ud800"`, 1, 4],
    ["bytes that are not UTF-8", String.raw`a: "\xff"`, 1, 4],
    ["a number that runs into text", "a: 12abc", 1, 6],
    ["a list left open", "a: [1, 2", 1, 9],
    ["a list with a stray comma", "a: [1,]", 1, 7],
    ["a scalar list without a colon", "a [1]", 1, 4],
    ["a minus before a word", "a: -b", 1, 5],
    ["a character of no kind", "a: 1\n  @", 2, 3],
    ["messages nested too deep", "a{".repeat(100), 1, 129],
  ];
  for (const [what, text, line, column] of faults) {
    it(`refuses ${what}, with its place`, () => {
      assert.throws(
        () => parseProtobufText("test", text),
        (error) => {
          assert.ok(isLayoutError(error) && error.code === "config-syntax", String(error));
          assert.deepEqual([error.facts.line, error.facts.column], [line, column], error.message);
          return true;
        },
      );
    });
  }

  it("reads back any text that is written with escapes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const octal = [...new TextEncoder().encode(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
        assert.deepEqual(parsed(`a: "${octal.join("")}"`), [["a", text]]);
      }),
    );
  });

  it("parses or refuses whatever it is given, and quickly", () => {
    const piece = fc.constantFrom(
      "a",
      ":",
      "{",
      "}",
      "<",
      ">",
      "[",
      "]",
      ",",
      ";",
      "-",
      '"x"',
      "'",
      "1",
      "0x",
      "#",
      "\n",
      "\\",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 200 }).map((list) => list.join("")),
        ),
        (text) => {
          try {
            parseProtobufText("test", text);
          } catch (error) {
            assert.ok(isLayoutError(error), String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
