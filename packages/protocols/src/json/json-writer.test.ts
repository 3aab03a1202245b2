// What is written is JSON that says what was meant, compact or indented.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { JsonWriter } from "./json-writer.ts";

function write(value: unknown, indent = 0): string {
  const writer = new JsonWriter({ indent });
  writeValue(writer, value);
  return textOf(writer.whole());
}

function writeValue(writer: JsonWriter, value: unknown): void {
  if (Array.isArray(value)) {
    writer.beginArray();
    for (const element of value) writeValue(writer, element);
    writer.endArray();
  } else if (value === null) writer.null();
  else if (typeof value === "object") {
    writer.beginObject();
    for (const [key, member] of Object.entries(value)) {
      writer.key(key);
      writeValue(writer, member);
    }
    writer.endObject();
  } else if (typeof value === "string") writer.string(value);
  else if (typeof value === "number") writer.number(value);
  else writer.boolean(value === true);
}

describe("JsonWriter", () => {
  it("writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => assert.equal(write(value), reference(value))),
    );
  });

  it("indents without changing the meaning", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.deepEqual(JSON.parse(write(value, 4)), value)));
  });

  it("puts members on lines and elements in a line, as TensorFlow Serving does", () => {
    assert.equal(write({ predictions: [1, 2], more: { x: [] }, none: {} }, 4), indented);
  });

  it("writes strings from bytes, ill-formed ones as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const writer = new JsonWriter();
        writer.stringBytes(utf8(text));
        assert.equal(JSON.parse(textOf(writer.whole())), text);
      }),
    );
    const writer = new JsonWriter();
    writer.stringBytes(Uint8Array.of(0xff, 0x22, 0x0a));
    assert.deepEqual([...writer.whole()], [0x22, 0xff, 0x5c, 0x22, 0x5c, 0x6e, 0x22]);
  });

  it("gives large documents in chunks", () => {
    const writer = new JsonWriter();
    const text = "é".repeat(1000);
    writer.beginArray();
    for (let i = 0; i < 200; i++) writer.string(text);
    writer.raw(utf8(`"${"x".repeat(200_000)}"`));
    writer.endArray();
    const chunks = writer.chunks();
    assert.ok(chunks.length > 3);
    assert.equal(writer.length, writer.whole().length);
    assert.deepEqual(JSON.parse(textOf(writer.whole())), [...Array(200).fill(text), "x".repeat(200_000)]);
  });
});

const indented = `{
    "predictions": [1, 2],
    "more": {
        "x": []
    },
    "none": {}
}`;

/** JSON.stringify but for minus zero, which it loses, and half surrogates, which it escapes. */
function reference(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (Object.is(member, -0) ? "\u{10ffff}-0" : member)).replaceAll(
    '"\u{10ffff}-0"',
    "-0",
  );
}
