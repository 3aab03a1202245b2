// Elements survive the way to JSON and back, for every datatype; what a datatype does not have is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  byteStringCount,
  bytesOf,
  type Datatype,
  elementSize,
  encodeByteStrings,
  isInferenceError,
} from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { JsonReader } from "./json-reader.ts";
import { JsonWriter } from "./json-writer.ts";
import { runPaced, runUnpaced } from "./paced.ts";
import { type Elements, ElementsReader, readElements } from "./read-elements.ts";
import { type WriteElementsOptions, writeElements } from "./write-elements.ts";

/** Bytes of elements; for floats without NaN, whose other bits JSON does not keep. */
const arbitraries: Readonly<Partial<Record<Datatype, fc.Arbitrary<Bytes>>>> = {
  BOOL: fc.array(fc.nat({ max: 1 })).map((values) => Uint8Array.from(values)),
  UINT8: fc.uint8Array().map(bytesOf),
  INT8: fc.int8Array().map(bytesOf),
  UINT16: fc.uint16Array().map(bytesOf),
  INT16: fc.int16Array().map(bytesOf),
  UINT32: fc.uint32Array().map(bytesOf),
  INT32: fc.int32Array().map(bytesOf),
  UINT64: fc.bigUint64Array().map(bytesOf),
  INT64: fc.bigInt64Array().map(bytesOf),
  FP32: fc.float32Array({ noNaN: true }).map(bytesOf),
  FP64: fc.float64Array({ noNaN: true }).map(bytesOf),
  BYTES: fc.array(fc.string({ unit: "binary" })).map((texts) => encodeByteStrings(texts.map(utf8))),
};

const flat: WriteElementsOptions = { floats: "double", layout: "flat" };

function countOf(datatype: Datatype, bytes: Bytes): number {
  return datatype === "BYTES" ? byteStringCount("x", bytes) : bytes.length / elementSize(datatype);
}

function write(datatype: Datatype, bytes: Bytes, options = flat, shape = [countOf(datatype, bytes)]): string {
  const writer = new JsonWriter();
  runUnpaced(writeElements(writer, { name: "x", datatype, shape, bytes }, options));
  return textOf(writer.whole());
}

function read(datatype: Datatype, json: string, regular = true, count: number | null = null): Elements {
  return runUnpaced(readElements(new JsonReader(utf8(json)), { tensor: "x", datatype, count, regular }));
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isInferenceError(error)) return error.code;
    throw error;
  }
  assert.fail("nothing was refused");
}

describe("elements", () => {
  for (const [datatype, arbitrary] of Object.entries(arbitraries) as [Datatype, fc.Arbitrary<Bytes>][]) {
    it(`${datatype}: read(write(x)) equals x, with either digits`, () => {
      const floats = fc.constantFrom("double" as const, "shortest" as const);
      fc.assert(
        fc.property(arbitrary, floats, (bytes, digits) => {
          const found = read(datatype, write(datatype, bytes, { floats: digits, layout: "flat" }));
          const count = countOf(datatype, bytes);
          assert.deepEqual(found, { bytes: new Uint8Array(bytes), count, shape: [count] });
        }),
        { numRuns: 200 },
      );
    });
  }

  it("nests lists by the shape, and tells the shape from the lists", () => {
    const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const bytes = new Uint8Array(shape.reduce((product, size) => product * size, 1)).map((_, i) => i);
        const found = read("UINT8", write("UINT8", bytes, { floats: "double", layout: "nested" }, shape));
        // Nothing lies within an empty list: the sizes after a zero are not to be seen.
        const visible = shape.includes(0) ? shape.slice(0, shape.indexOf(0) + 1) : shape;
        assert.deepEqual(found, { bytes, count: bytes.length, shape: visible });
      }),
    );
    assert.equal(
      write("UINT8", Uint8Array.of(1, 2, 3, 4), { floats: "double", layout: "nested" }, [2, 1, 2]),
      "[[[1,2]],[[3,4]]]",
    );
  });

  it("writes floats as each server does", () => {
    const bytes = bytesOf(Float32Array.of(0.1, 1, -0, 3.4028234663852886e38, 1e-45, 16777216, Number.NaN, -Infinity));
    const double =
      "[0.10000000149011612,1.0,-0.0,3.4028234663852886e+38,1.401298464324817e-45,16777216.0,NaN,-Infinity]";
    assert.equal(write("FP32", bytes), double);
    const shortest = "[0.1,1.0,-0.0,3.4028235e+38,1e-45,16777216.0,NaN,-Infinity]";
    assert.equal(write("FP32", bytes, { floats: "shortest", layout: "flat" }), shortest);
  });

  it("finds the shortest digits of any float32", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = write("FP32", bytesOf(Float32Array.of(value)), { floats: "shortest", layout: "flat" });
        const digits = (t: string): number => t.replace(/e.*|[-.\][]/g, "").replace(/^0+|0+$/g, "").length;
        const enough = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((p) => Math.fround(Number(value.toPrecision(p))) === value);
        assert.ok(value === 0 || digits(text) <= Math.max(enough ?? 9, Number.isInteger(value) ? 8 : 0), text);
      }),
      { numRuns: 2000 },
    );
  });

  const outOfRange: readonly (readonly [Datatype, ...string[]])[] = [
    ["BOOL", "1", '"true"', "null"],
    ["UINT8", "300", "-1", "1.5", "1.0", "1e1", "true", '"1"', "NaN", "{}"],
    ["INT8", "128", "-129"],
    ["UINT16", "65536", "-1"],
    ["INT16", "32768", "-32769"],
    ["UINT32", "4294967296", "-1"],
    ["INT32", "2147483648", "-2147483649", "1.5"],
    ["UINT64", "18446744073709551616", "-1", "1e3", "123456789012345678901234567890"],
    ["INT64", "9223372036854775808", "-9223372036854775809", "0.5"],
    ["FP32", "1e39", '"1"', "true", "null"],
    ["FP64", '"1"', "null"],
    ["BYTES", "1", "true", "null", '{"b64":"AA=="}'],
  ];
  for (const [datatype, ...values] of outOfRange) {
    for (const value of values) {
      it(`refuses ${value} as ${datatype}, without telling it`, () => {
        assert.equal(
          refusal(() => read(datatype, `[${value}]`)),
          "invalid-value",
        );
      });
    }
  }

  it("takes the ends of each range", () => {
    assert.deepEqual([...read("INT8", "[-128,127]").bytes], [128, 127]);
    assert.deepEqual(
      [...read("INT64", "[-9223372036854775808,-1]").bytes],
      [0, 0, 0, 0, 0, 0, 0, 128, ...Array(8).fill(255)],
    );
    assert.deepEqual([...read("UINT64", "[18446744073709551615]").bytes], Array(8).fill(255));
  });

  it("refuses FP16 and BF16, both ways", () => {
    for (const datatype of ["FP16", "BF16"] as const) {
      assert.equal(
        refusal(() => read(datatype, "[1]")),
        "unsupported",
      );
      assert.equal(
        refusal(() => write(datatype, new Uint8Array(2))),
        "unsupported",
      );
    }
  });

  it("refuses bytes that are no text where JSON strings are wanted", () => {
    assert.equal(
      refusal(() => write("BYTES", encodeByteStrings([Uint8Array.of(0xff)]))),
      "invalid-value",
    );
  });

  it("refuses ragged lists only where they must be regular", () => {
    for (const json of [
      "[[1],[1,2]]",
      "[[1],2]",
      "[1,[2]]",
      "[[],[1]]",
      "[[],1]",
      "[[],[[]]]",
      "[[1],[]]",
      "[[[1]],[2]]",
    ]) {
      assert.equal(
        refusal(() => read("UINT8", json)),
        "invalid-shape",
        json,
      );
      assert.doesNotThrow(() => read("UINT8", json, false));
    }
    assert.deepEqual(read("UINT8", "[[],[]]").shape, [2, 0]);
    assert.deepEqual(read("UINT8", "7").shape, []);
  });

  it("refuses the first element too many", () => {
    assert.equal(read("UINT8", "[1,2]", false, 2).count, 2);
    assert.equal(
      refusal(() => read("UINT8", `[1,2,3${",".repeat(1000)}`, false, 2)),
      "invalid-value",
    );
  });

  it("gathers rows of one shape, and objects where a reader of them is given", () => {
    const rows = new ElementsReader({ tensor: "x", datatype: "BYTES", count: null, regular: true, readObject });
    const reader = new JsonReader(utf8('["a",{"b64":"!"},"c"]'));
    reader.beginArray();
    while (reader.nextElement()) runUnpaced(rows.read(reader));
    assert.deepEqual(rows.finish(), encodeByteStrings(["a", "!", "c"].map(utf8)));
    assert.deepEqual([rows.count, rows.shape], [3, []]);
  });

  it("pauses in large tensors and answers small ones at once", async () => {
    const tensor = { name: "x", datatype: "FP32", shape: [25_000], bytes: new Uint8Array(100_000) } as const;
    let pauses = 0;
    const pause = async (): Promise<void> => void pauses++;
    const writer = new JsonWriter();
    await runPaced(writeElements(writer, tensor, flat), pause);
    assert.equal(pauses, 3);
    const options = { tensor: "x", datatype: "FP32", count: null, regular: false } as const;
    const found = await runPaced(readElements(new JsonReader(writer.whole()), options), pause);
    assert.equal(pauses, 6);
    assert.deepEqual(found.bytes, tensor.bytes);
    const small = runPaced(readElements(new JsonReader(utf8("[1,2]")), options), pause);
    assert.ok(!(small instanceof Promise) && small.count === 2);
  });
});

function readObject(reader: JsonReader): Bytes {
  reader.beginObject();
  reader.nextKey();
  const bytes = reader.stringBytes();
  reader.nextKey();
  return bytes;
}
