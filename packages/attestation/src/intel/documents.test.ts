// TCB info and QE identity: one reading only, every field known and in its range.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { trialIntel } from "@sealserve/conformance/fixtures/quote-trial";
import fc from "fast-check";
import { CollateralError, type CollateralErrorCode } from "../collateral-error.ts";
import { parseQeIdentity } from "./parse-qe-identity.ts";
import { parseTcbInfo } from "./parse-tcb-info.ts";
import { parseStrictJson } from "./strict-json.ts";
import { isCollateralError } from "./testing/is-error.ts";

const mock = trialIntel();
const { tcbInfo, qeIdentity } = mock.collateral("tdx");

test("a key that stands twice is refused wherever it stands", () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1},{"b":1,"c":2,"b":3}]}',
    '{"a":1,"\\u0061":1}',
    '{"__proto__":1,"__proto__":2}',
  ]) {
    assert.throws(() => parseStrictJson("it", text), isCollateralError("malformed"), text);
  }
});

test("text that looks like a key is none", () => {
  const record = parseStrictJson("it", '{"a" : "\\"a\\":", "b":"a:", "c":["a","b"], "d":"\\\\", "__proto__": 1}');
  assert.equal(record.text("a"), '"a":');
  assert.deepEqual(record.texts("c", 2), ["a", "b"]);
  assert.equal(record.integer("__proto__", 1), 1);
});

test("duplicates are found as a parser that keeps them would find them; keys with escapes are not read at all", () => {
  const keys = fc.constantFrom("a", "b", "c", "d", "\\u0061", "\\\\", '\\"');
  const object = fc.array(fc.tuple(keys, fc.constantFrom("1", '"a"', '"b\\":"', "[]")), { maxLength: 4 });
  fc.assert(
    fc.property(object, (pairs) => {
      const names = pairs.map(([key]) => key);
      const text = `{"o":{${pairs.map(([key, value]) => `"${key}": ${value}`).join(",")}}}`;
      const parse = () => parseStrictJson("it", text);
      if (new Set(names).size === names.length && !names.join().includes("\\")) parse();
      else assert.throws(parse, isCollateralError("malformed"), text);
    }),
  );
});

test("nesting and length have no price", () => {
  assert.throws(() => parseStrictJson("it", "[".repeat(1_000_000)), isCollateralError("malformed"));
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.throws(() => parseTcbInfo(deep), isCollateralError("malformed"));
  assert.throws(() => parseStrictJson("it", " ".repeat(5_000_000)), isCollateralError("too-large"));
});

type Edit = readonly [string, RegExp | string, string, CollateralErrorCode?];

const tcbInfoEdits: readonly Edit[] = [
  ["no object", /^.*$/, "[]"],
  ["HTML", /^.*$/, "<html>"],
  ["nothing", /^.*$/, ""],
  ["an unknown field", '"version":3', '"version":3,"extra":1'],
  ["an unknown field in a level", '"pcesvn":13', '"pcesvn":13,"extra":1'],
  ["a missing field", '"pceId":"0000",', ""],
  ["version 4", '"version":3', '"version":4'],
  ["a version in quotes", '"version":3', '"version":"3"'],
  ["another TCB type", '"tcbType":0', '"tcbType":1'],
  ["an id of nobody", '"id":"TDX"', '"id":"ABC"'],
  ["an FMSPC too short", '"fmspc":"00', '"fmspc":"'],
  ["an FMSPC that is not hex", '"fmspc":"00', '"fmspc":"xx'],
  ["a negative number", '"pcesvn":13', '"pcesvn":-1'],
  ["a number that is not whole", '"pcesvn":13', '"pcesvn":1.5'],
  ["a number too large", '"pcesvn":13', '"pcesvn":65536'],
  ["a component too large", '{"svn":5}', '{"svn":256}'],
  ["15 components", '{"svn":5},', ""],
  ["17 components", '{"svn":5},', '{"svn":5},{"svn":5},'],
  ["a date without seconds", /"issueDate":"(.{16}):\d\dZ"/, '"issueDate":"$1Z"'],
  ["a date with an offset", /"issueDate":"(.{19})Z"/, '"issueDate":"$1+00:00"'],
  ["31 June", /"issueDate":"[^"]*"/, '"issueDate":"2026-06-31T00:00:00Z"'],
  ["a status of nobody", '"UpToDate"', '"Uptodate"', "status-unknown"],
  ["advisories that are no texts", '"tcbStatus":"UpToDate"', '"tcbStatus":"UpToDate","advisoryIDs":[1]'],
  ["a module id of another form", '"TDX_03"', '"MOD_03"'],
  ["no module", /"tdxModule":\{[^}]*\},/, ""],
];

const qeIdentityEdits: readonly Edit[] = [
  ["an id of another enclave", '"TD_QE"', '"QVE"'],
  ["version 3", '"version":2', '"version":3'],
  ["a mask too long", '"miscselectMask":"', '"miscselectMask":"00'],
  ["an unknown field", '"version":2', '"version":2,"x":null'],
  ["a status of platforms", '"UpToDate"', '"ConfigurationNeeded"', "status-unknown"],
];

for (const [what, text, parse, edits] of [
  ["TCB info", tcbInfo, parseTcbInfo, tcbInfoEdits],
  ["QE identity", qeIdentity, parseQeIdentity, qeIdentityEdits],
] as const) {
  suite(`${what} is refused`, () => {
    for (const [name, found, instead, code = "malformed"] of edits) {
      test(`with ${name}: ${code}`, () => {
        const edited = text.replace(found, instead);
        assert.notEqual(edited, text);
        assert.throws(() => parse(edited), isCollateralError(code));
      });
    }

    test("or read, whatever is changed in it", () => {
      parse(text);
      fc.assert(
        fc.property(fc.nat(text.length - 1), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, put) => {
          try {
            parse(text.slice(0, at) + put + text.slice(at + cut));
          } catch (error) {
            assert.ok(error instanceof CollateralError, String(error));
          }
        }),
        { numRuns: 500 },
      );
    });
  });
}

test("TCB info of version 2 numbers its components and is of SGX", () => {
  const numbered = Array.from({ length: 16 }, (_, i) => [`sgxtcbcomp${String(i + 1).padStart(2, "0")}svn`, i]);
  const level = {
    tcb: { ...Object.fromEntries(numbered), pcesvn: 9 },
    tcbDate: "2024-03-13T00:00:00Z",
    tcbStatus: "UpToDate",
  };
  const dates = { issueDate: "2026-01-01T00:00:00Z", nextUpdate: "2026-02-01T00:00:00Z" };
  const ids = { fmspc: "00906ED50000", pceId: "0000", tcbType: 0, tcbEvaluationDataNumber: 5 };
  const info = parseTcbInfo(JSON.stringify({ version: 2, ...dates, ...ids, tcbLevels: [level] }));
  assert.equal(info.id, "SGX");
  assert.deepEqual(
    info.levels[0]?.sgx,
    Array.from({ length: 16 }, (_, i) => i),
  );
});
