// HTTP messages as bytes: there and back, in one way of writing, and nothing read past what is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { BinaryCursor, writeNumber, writeString } from "./binary-cursor.ts";
import { readBinaryReply, readBinaryRequest, writeBinaryReply, writeBinaryRequest } from "./binary-message.ts";

const plain = { noNullPrototype: true } as const;
const headers = fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), plain);
const body = fc.uint8Array({ maxLength: 300 });
const requests = fc.record(
  {
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
    path: fc.stringMatching(/^\/[a-z0-9/%._-]{0,20}$/),
    query: fc.stringMatching(/^[a-z0-9=&?%]{0,20}$/),
    headers,
    body,
  },
  plain,
);
const malformed = { code: "malformed" };
const written = concatBytes(
  writeBinaryRequest({ method: "POST", path: "/v2", query: "", headers: { "x-a": "1" }, body: utf8("body") }),
);

function requestOf(changes: { method?: string; target?: string; fields?: readonly [string, string][] }): Uint8Array {
  const { method = "POST", target = "/", fields = [] } = changes;
  const section = concatBytes(fields.flatMap(([name, value]) => [writeString(utf8(name)), writeString(utf8(value))]));
  const control = [method, "https", "", target].map((text) => writeString(utf8(text)));
  return concatBytes([writeNumber(0), ...control, writeString(section), writeNumber(0)]);
}

test("what is written is read", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const read = readBinaryRequest(concatBytes(writeBinaryRequest(request)));
      assert.deepEqual({ ...read, headers: { ...read.headers } }, request);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), headers, fc.array(body), (status, given, pieces) => {
      const read = readBinaryReply(concatBytes(writeBinaryReply(status, given, pieces)));
      assert.deepEqual([read.status, { ...read.headers }], [status, given]);
      assert.deepEqual([...read.body], [...concatBytes(pieces)]);
    }),
  );
});

test("numbers have the fewest bytes, and no other way is read (F4)", () => {
  for (const value of [0, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, Number.MAX_SAFE_INTEGER]) {
    assert.equal(new BinaryCursor(writeNumber(value)).number(), value);
  }
  for (const bytes of [
    [0x40, 63],
    [0x80, 0, 0x3f, 0xff],
    [0xc0, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff],
    new Array(8).fill(0xff),
  ]) {
    assert.throws(() => new BinaryCursor(Uint8Array.from(bytes)).number(), malformed);
  }
});

test("a length that is not there allocates nothing (F4)", () => {
  const huge = concatBytes([writeNumber(0), writeNumber(2 ** 40), utf8("POST")]);
  assert.throws(() => readBinaryRequest(huge), malformed);
  for (let length = 0; length < written.length - 6; length++) {
    assert.throws(() => readBinaryRequest(written.subarray(0, length)), malformed, `${length} bytes`);
  }
});

test("zeros may follow and hide how long a message is; anything else may not", () => {
  assert.equal(readBinaryRequest(concatBytes([written, new Uint8Array(100)])).body.length, 4);
  assert.throws(() => readBinaryRequest(concatBytes([written, Uint8Array.of(0, 1)])), malformed);
  assert.throws(() => readBinaryRequest(concatBytes([written.subarray(0, -1), Uint8Array.of(3, 1, 1, 0)])), malformed);
});

test("what no listener would take is not taken inside either (H8, H17)", () => {
  for (const changes of [
    { method: "post" },
    { method: "" },
    { target: "v2" },
    { target: "http://127.0.0.1/" },
    { target: "/a b" },
    { target: "/ü" },
    { fields: [["X-Upper", "1"]] as [string, string][] },
    { fields: [["x a", "1"]] as [string, string][] },
    { fields: [["x-a", "1\r\nx-b: 2"]] as [string, string][] },
    { fields: [["connection", "close"]] as [string, string][] },
    { fields: [["x-a", "1".repeat(16 * 1024)]] as [string, string][] },
  ]) {
    assert.throws(() => readBinaryRequest(requestOf(changes)), malformed, JSON.stringify(changes).slice(0, 80));
  }
  const { headers: read } = readBinaryRequest(
    requestOf({
      fields: [
        ["__proto__", "1"],
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    }),
  );
  assert.deepEqual([Object.getPrototypeOf(read), Object.keys(read), read["x-a"]], [null, ["__proto__", "x-a"], "1, 2"]);
  assert.throws(() => readBinaryReply(written), malformed);
  assert.throws(() => readBinaryReply(concatBytes(writeBinaryReply(100, {}, []))), malformed);
});
