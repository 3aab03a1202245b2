// The preimage of report data: one list of fields, one string of bytes, and nothing else is read.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { purposes } from "./purpose.ts";
import { parsePreimage, type ReportDataFields, reportDataOf, writePreimage } from "./report-data-preimage.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const plain = { noNullPrototype: true } as const;
const channel = fc.record({ spkiSha256: bytes(32), exporter: bytes(32) }, plain);

/** Every list of fields that may be written. */
const fields: fc.Arbitrary<ReportDataFields> = fc.constantFrom(...purposes).chain((purpose) =>
  fc.record(
    {
      purpose: fc.constant(purpose),
      nonce: bytes(32),
      channel: purpose === "sealed-http" ? fc.constant(null) : channel,
      hpkeKey: purpose === "sealed-http" ? bytes(32) : fc.option(bytes(32)),
      modelSetDigest: bytes(32),
      configDigest: bytes(32),
      meshDigest: fc.option(bytes(32)),
      instanceId: bytes(16),
    },
    plain,
  ),
);

const example: ReportDataFields = {
  purpose: "client-facing",
  nonce: new Uint8Array(32).fill(1),
  channel: { spkiSha256: new Uint8Array(32).fill(2), exporter: new Uint8Array(32).fill(3) },
  hpkeKey: null,
  modelSetDigest: new Uint8Array(32).fill(4),
  configDigest: new Uint8Array(32).fill(5),
  meshDigest: new Uint8Array(32).fill(7),
  instanceId: new Uint8Array(16).fill(6),
};

const malformed = { code: "preimage-malformed" };

test("what is written is read again", () => {
  fc.assert(fc.property(fields, (given) => assert.deepEqual(parsePreimage(writePreimage(given)), given)));
});

test("two different lists of fields never have the same bytes (D7)", () => {
  fc.assert(
    fc.property(fields, fields, (one, other) => {
      const same = Buffer.compare(writePreimage(one), writePreimage(other)) === 0;
      assert.equal(same, isDeepEqual(one, other));
    }),
  );
});

test("bytes moved from one field to its neighbour are refused (D7)", () => {
  const at = 4 + 24 + 4 + 13 + 4 + 32;
  const preimage = Uint8Array.from(writePreimage(example));
  // One byte of the nonce goes to the next field: 31 and 33 instead of 32 and 32.
  preimage.copyWithin(at - 1, at, at + 4);
  preimage[at - 33] = 31;
  preimage[at + 2] = 33;
  assert.throws(() => parsePreimage(preimage), malformed);
});

test("any changed byte gives other fields or none", () => {
  const preimage = writePreimage(example);
  for (let at = 0; at < preimage.length; at++) {
    const changed = Uint8Array.from(preimage);
    changed[at] = (changed[at] ?? 0) ^ 1;
    let read: ReportDataFields | null = null;
    try {
      read = parsePreimage(changed);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "preimage-malformed", `byte ${at}`);
    }
    if (read) assert.ok(!isDeepEqual(read, example), `byte ${at}`);
  }
});

test("every beginning of it, and anything behind it, is refused", () => {
  const preimage = writePreimage(example);
  for (let length = 0; length < preimage.length; length++) {
    assert.throws(() => parsePreimage(preimage.subarray(0, length)), malformed, `${length} bytes`);
  }
  assert.throws(() => parsePreimage(Buffer.concat([preimage, Buffer.alloc(1)])), malformed);
});

test("random bytes are refused with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => assert.throws(() => parsePreimage(noise), malformed)),
  );
});

test("fields that do not fit their purpose are neither written nor read", () => {
  const wrong: readonly Partial<ReportDataFields>[] = [
    { channel: null },
    { purpose: "sealed-http" },
    { purpose: "sealed-http", channel: null, hpkeKey: null },
    { nonce: new Uint8Array(31) },
    { nonce: new Uint8Array(33) },
    { hpkeKey: new Uint8Array(33) },
    { modelSetDigest: new Uint8Array(0) },
    { meshDigest: new Uint8Array(31) },
    { instanceId: new Uint8Array(15) },
    { channel: { spkiSha256: new Uint8Array(32), exporter: new Uint8Array(0) } },
  ];
  for (const change of wrong) assert.throws(() => writePreimage({ ...example, ...change }), malformed);
});

test("report data are the SHA-512 of the published bytes, which begin as the paper says", async () => {
  const preimage = writePreimage(example);
  assert.deepEqual(Buffer.from(preimage.subarray(0, 28)), Buffer.from("\0\0\0\x18sealserve/report-data/v2"));
  assert.deepEqual(Buffer.from(await reportDataOf(preimage)), createHash("sha512").update(preimage).digest());
  assert.equal(
    createHash("sha256").update(preimage).digest("hex"),
    "891a5644da8d788d64f1a9e53c89904ce1668f93e6c699b4cb211cada502b3f6",
  );
});

function isDeepEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
