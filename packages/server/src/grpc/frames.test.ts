// Framing: however its bytes are cut, a stream of messages comes out as it went in, and nothing longer than allowed is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as holds, integer, property, uint8Array } from "fast-check";
import { FrameDecoder, frameOf } from "./frames.ts";

test("messages come back, wherever they were cut", () => {
  const messages = array(uint8Array({ maxLength: 40 }), { maxLength: 6 });
  holds(
    property(messages, array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(frameOf));
      const decoder = new FrameDecoder(40);
      const found: Uint8Array[] = [];
      for (let from = 0, turn = 0; from < bytes.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        found.push(...decoder.add(Uint8Array.from(bytes.subarray(from, from + size))).map((frame) => frame.bytes));
        from += size;
      }
      assert.deepEqual(
        found.map((each) => [...each]),
        sent.map((each) => [...each]),
      );
      assert.equal(decoder.isPartial, false);
    }),
  );
});

test("byte by byte it takes time by the length, not by its square", () => {
  const decoder = new FrameDecoder(1_000_000);
  const bytes = frameOf(new Uint8Array(400_000).fill(7));
  let found = 0;
  for (const byte of bytes) found += decoder.add(Uint8Array.of(byte)).length;
  assert.equal(found, 1);
});

test("a message that says it is too long is refused by its head (G17)", () => {
  const head = frameOf(new Uint8Array(41)).subarray(0, 5);
  assert.throws(() => new FrameDecoder(40).add(head), { code: "resource-exhausted" });
  const decoder = new FrameDecoder(40);
  decoder.add(head.subarray(0, 3));
  assert.throws(() => decoder.add(head.subarray(3)), { code: "resource-exhausted" });
});

test("a flag that is none is refused", () => {
  assert.throws(() => new FrameDecoder(40).add(Uint8Array.of(2, 0, 0, 0, 0)), { code: "internal" });
});
