// Tensors survive the row and column formats; what is not such a format is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  datatypes,
  elementCount,
  elementSize,
  encodeByteStrings,
  isInferenceError,
  type Tensor,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { JsonReader, JsonWriter, runUnpaced } from "../json/index.ts";
import { type PredictFormat, readFormat, readPredictDocument, writeColumns, writeRows } from "./index.ts";

const kinds = datatypes.filter((datatype) => datatype !== "FP16" && datatype !== "BF16");

/** Any tensor of this first dimension; floats are any bits but the NaNs, of which JSON has one only. */
function tensorOf(name: string, rows: number): fc.Arbitrary<Tensor> {
  const dimensions = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  return fc.tuple(fc.constantFrom(...kinds), dimensions).chain(([datatype, rest]) => {
    const shape = [rows, ...rest];
    const count = elementCount(name, shape);
    return bytesOf(datatype, count).map((bytes) => ({ name, datatype, shape, bytes }));
  });
}

function bytesOf(datatype: (typeof kinds)[number], count: number): fc.Arbitrary<Uint8Array> {
  const elements = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: count, maxLength: count });
  switch (datatype) {
    case "BYTES":
      return elements(fc.uint8Array({ maxLength: 8 })).map(encodeByteStrings);
    case "BOOL":
      return elements(fc.boolean()).map((values) => Uint8Array.from(values, Number));
    case "FP32":
      return elements(fc.float({ noNaN: true })).map((values) => new Uint8Array(Float32Array.from(values).buffer));
    case "FP64":
      return elements(fc.double({ noNaN: true })).map((values) => new Uint8Array(Float64Array.from(values).buffer));
    default: {
      const size = count * elementSize(datatype);
      return fc.uint8Array({ minLength: size, maxLength: size });
    }
  }
}

const batch = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    names: fc.uniqueArray(fc.constantFrom("a", "b_bytes", "ü"), { minLength: 1 }),
  })
  .chain(({ rows, names }) => fc.tuple(...names.map((name) => tensorOf(name, rows))));

function write(format: PredictFormat, tensors: readonly Tensor[]): Uint8Array {
  const writer = new JsonWriter({ indent: 4 });
  runUnpaced(format === "row" ? writeRows(writer, tensors) : writeColumns(writer, tensors));
  return writer.whole();
}

function read(format: PredictFormat, json: Uint8Array | string, inputs: readonly Tensor[]): readonly Tensor[] {
  const reader = new JsonReader(typeof json === "string" ? utf8(json) : json);
  const tensors = runUnpaced(readFormat(reader, format, { name: "m", inputs }));
  reader.end();
  return tensors;
}

function plain(tensors: readonly Tensor[]): object {
  return tensors.map(({ name, datatype, shape, bytes }) => ({ name, datatype, shape: [...shape], bytes: [...bytes] }));
}

for (const format of ["row", "column"] as const) {
  describe(`the ${format} format`, () => {
    it("gives back every tensor that it was given", () =>
      fc.assert(
        fc.property(batch, (tensors) => {
          assert.deepEqual(plain(read(format, write(format, tensors), tensors)), plain(tensors));
        }),
        { numRuns: 300 },
      ));
  });
}

const float = (name: string): Tensor => ({ name, datatype: "FP32", shape: [-1], bytes: new Uint8Array() });
const text = (name: string): Tensor => ({ name, datatype: "BYTES", shape: [-1], bytes: new Uint8Array() });

describe("the row format as clients write it", () => {
  it("takes plain values, named values and byte strings", () => {
    assert.deepEqual(read("row", "[[1, 2], [3, 4]]", [float("x")])[0]?.shape, [2, 2]);
    assert.deepEqual(read("row", '[{"x": 1}, {"x": 2}, {"x": 3}]', [float("x")])[0]?.shape, [3]);
    const [strings] = read("row", '["a", {"b64": "/w=="}]', [text("s")]);
    assert.deepEqual(strings?.bytes, encodeByteStrings([utf8("a"), Uint8Array.of(255)]));
    const [first] = read("row", '[{"b64": "/w=="}, "a"]', [text("s")]);
    assert.deepEqual(first?.bytes, encodeByteStrings([Uint8Array.of(255), utf8("a")]));
  });

  it("takes a row's inputs in any order", () => {
    const [a, b] = read("row", '[{"a": 1, "b": [2, 3]}, {"b": [4, 5], "a": 6}]', [float("a"), float("b")]);
    assert.deepEqual([...new Float32Array(a?.bytes.slice().buffer ?? [])], [1, 6]);
    assert.deepEqual(b?.shape, [2, 2]);
  });
});

describe("what is refused", () => {
  const one = [float("x")];
  const two = [float("a"), float("b")];
  const cases = [
    ["row", "7", one, "malformed"],
    ["row", "[]", one, "malformed"],
    ["row", "[1, 2]", two, "malformed"],
    ["row", '[{"a": 1}]', two, "malformed"],
    ["row", '[{"a": 1, "c": 2}]', two, "malformed"],
    ["row", '[{"a": 1, "b": 2}, 3]', two, "malformed"],
    ["row", '[{"a": 1, "b": 2}, {"a": 1, "b": [2]}]', two, "malformed"],
    ["row", '[{"a": 1, "a": 2}]', two, "malformed"],
    ["row", "[[1, 2], [3]]", one, "invalid-shape"],
    ["row", '["1"]', one, "invalid-value"],
    ["row", '[{"b64": "?"}]', [text("s")], "malformed"],
    ["row", '[{"b64": "", "x": 1}]', [text("s")], "malformed"],
    ["column", "[1]", two, "malformed"],
    ["column", '{"a": 1}', two, "missing-input"],
    ["column", '{"a": 1, "b": 2, "c": 3}', two, "unexpected-input"],
    ["column", '{"a": 1, "b": null}', two, "invalid-value"],
    ["column", "[[1], [[2]]]", one, "invalid-shape"],
    ["column", `${"[".repeat(10_000)}`, one, "malformed"],
  ] as const;
  for (const [format, json, inputs, code] of cases) {
    it(`${format} ${json.slice(0, 40)}: ${code}`, () => {
      assert.throws(
        () => read(format, json, inputs),
        (error) => isInferenceError(error) && error.code === code,
      );
    });
  }

  it("outputs without a common first dimension cannot be rows", () => {
    const bytes = new Uint8Array(4);
    const scalar = { name: "s", datatype: "FP32", shape: [], bytes } as const;
    const single = { name: "v", datatype: "FP32", shape: [1], bytes } as const;
    const double = { name: "w", datatype: "FP32", shape: [2], bytes: new Uint8Array(8) } as const;
    for (const outputs of [[scalar], [single, double]]) {
      assert.throws(
        () => write("row", outputs),
        (error) => isInferenceError(error) && error.code === "malformed",
      );
    }
  });
});

describe("the document of a prediction", () => {
  const parse = (json: string) => runUnpaced(readPredictDocument(new JsonReader(utf8(json))));

  it("says signature, format and where the value lies, in any order", () => {
    const json = '{"other": [1], "instances": [ 1 ] , "signature_name": "s"}';
    const { signatureName, format, range } = parse(json);
    assert.deepEqual([signatureName, format, json.slice(range.start, range.end)], ["s", "row", "[ 1 ]"]);
    assert.deepEqual(parse('{"inputs": 1}').signatureName, "serving_default");
  });

  for (const json of [
    "[]",
    "{}",
    '{"inputs": 1, "instances": [1]}',
    '{"inputs": 1, "signature_name": 7}',
    '{"inputs": 1, "inputs": 1}',
    '{"inputs": 01}',
  ]) {
    it(`refuses ${json}`, () => {
      assert.throws(
        () => parse(json),
        (error) => isInferenceError(error) && error.code === "malformed",
      );
    });
  }
});
