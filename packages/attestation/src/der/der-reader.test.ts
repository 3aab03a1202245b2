// DER is read strictly: every other way to write the same is refused, and nothing is read past the end.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../hex.ts";
import { DerError } from "./der-error.ts";
import { DerReader } from "./der-reader.ts";
import { tag } from "./tag.ts";

function reader(hex: string): DerReader {
  return new DerReader(fromHex(hex, hex.length / 2) ?? new Uint8Array());
}

const refused: readonly (readonly [string, string, (der: DerReader) => unknown])[] = [
  ["no element", "", (der) => der.inside()],
  ["a tag without a length", "30", (der) => der.inside()],
  ["another tag", "3100", (der) => der.inside()],
  ["an indefinite length", "30800000", (der) => der.inside()],
  ["a long form where the short one would do", "30810100", (der) => der.inside()],
  ["a length with a leading zero", `3082008000${"00".repeat(0x80)}`, (der) => der.inside()],
  ["a length of five bytes", "30850000000001", (der) => der.inside()],
  ["a length beyond the end", "300201", (der) => der.inside()],
  ["a length of 4 GiB", "3084ffffffff00", (der) => der.inside()],
  ["an integer without digits", "0200", (der) => der.unsigned()],
  ["a negative integer", "020180", (der) => der.unsigned()],
  ["an integer with a superfluous zero", "02020001", (der) => der.unsigned()],
  ["an integer above its limit", "02020100", (der) => der.smallUnsigned(255)],
  ["an integer of five bytes", "02050100000000", (der) => der.smallUnsigned(0xffff_ffff)],
  ["a boolean that is neither", "010101", (der) => der.boolean()],
  ["a boolean of two bytes", "0102ffff", (der) => der.boolean()],
  ["a bit string without its count of unused bits", "0300", (der) => der.bitString()],
  ["a bit string with unused bits", "030201fe", (der) => der.bitString()],
  ["an empty object identifier", "0600", (der) => der.oid()],
  ["an object identifier that ends within an arc", "06022a86", (der) => der.oid()],
  ["an arc that is not minimal", "06032a8001", (der) => der.oid()],
  ["an arc above 2^53", "060a2affffffffffffffff7f", (der) => der.oid()],
  ["a time without seconds", "170b323530363139313035365a", (der) => der.time()],
  ["a time with an offset", "17113235303631393130353631312b30303030", (der) => der.time()],
  ["31 June", "170d3235303633313130353631315a", (der) => der.time()],
  ["second 60", "170d3235303631393130353636305a", (der) => der.time()],
  ["something inside that was not read", "30020500", (der) => der.inside().end()],
];

for (const [name, hex, read] of refused) {
  test(`refuses ${name}`, () => {
    assert.throws(() => read(reader(hex)), DerError);
  });
}

test("reads what is well-formed", () => {
  assert.equal(toHex(reader("02020080").unsigned()), "80");
  assert.equal(toHex(reader("020100").unsigned()), "00");
  assert.equal(reader("0a0102").smallUnsigned(2, tag.enumerated), 2);
  assert.equal(reader("060a2a864886f84d010d0102").oid(), "1.2.840.113741.1.13.1.2");
  assert.equal(reader("06037f8f7f").oid(), "2.47.2047");
  assert.equal(reader("170d3235303631393130353631315a").time(), Date.UTC(2025, 5, 19, 10, 56, 11));
  assert.equal(reader("170d3530303130313030303030305a").time(), Date.UTC(1950, 0, 1));
  assert.equal(reader("180f32303439313233313233353935395a").time(), Date.UTC(2049, 11, 31, 23, 59, 59));
});

test("any bytes: an element or a DerError, and never more than there is", () => {
  const reads: readonly ((der: DerReader) => unknown)[] = [
    (der) => der.inside(der.peek() ?? 0),
    (der) => der.raw(der.peek() ?? 0),
    (der) => der.unsigned(),
    (der) => der.boolean(),
    (der) => der.oid(),
    (der) => der.bitString(),
    (der) => der.time(),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(reads.length - 1), (bytes, which) => {
      const der = new DerReader(bytes);
      try {
        reads[which]?.(der);
      } catch (error) {
        assert.ok(error instanceof DerError, String(error));
      }
      assert.ok(der.at <= bytes.length);
    }),
    { numRuns: 2000 },
  );
});
