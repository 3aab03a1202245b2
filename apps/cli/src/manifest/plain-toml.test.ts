// Templates become TOML that keeps the places of what Jinja would put in.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { isDecidedElsewhere, isTemplate, plainToml } from "./plain-toml.ts";

const cases: readonly (readonly [string, object])[] = [
  ["a = {{ svn }}", { a: "{{ svn }}" }],
  ['a = "file:{{ env["HOME"] }}/x"', { a: "file:{{ env['HOME'] }}/x" }],
  ["a = '{{ x['y'] }}'", { a: "{{ x[ y ] }}" }],
  ['a = 1 # "{{ b }}\nb = {{ c }}', { a: 1, b: "{{ c }}" }],
  ["{% if x -%}\na = 1\n{% endif %}{# b = 2 #}\nc = 3", { a: 1, c: 3 }],
  ["a = {{ 'true' if edmm == '1' else 'false' }}", { a: "{{ 'true' if edmm == '1' else 'false' }}" }],
  ['a."{{ name }}" = 1', { a: { "{{ name }}": 1 } }],
  ['a = """\n# {{ x }}\n"""', { a: "# {{ x }}\n" }],
  ['a = "\\"{{ x }}" # "', { a: '"{{ x }}' }],
];
for (const [text, value] of cases) {
  test(JSON.stringify(text), () => {
    assert.deepEqual(JSON.parse(JSON.stringify(parse(plainToml(text)))), value);
  });
}

test("what is no template stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!isTemplate(text));
      assert.equal(plainToml(text), text);
    }),
  );
});

test("any text is read to its end", () => {
  const parts = fc.constantFrom("{{", "}}", "{%", "%}", '"', "'", '"""', "#", "\n", "\\", "a");
  fc.assert(fc.property(fc.array(parts), (pieces) => typeof plainToml(pieces.join("")) === "string"));
});

test("a value that is left open is told from one with a part left open", () => {
  assert.ok(isDecidedElsewhere("{{ x }}"));
  for (const value of ["file:{{ x }}", "{{ x }}/{{ y }}", 3, undefined]) assert.ok(!isDecidedElsewhere(value));
});
