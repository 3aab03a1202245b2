// The collector gives back what was put in, in no more room than it needs.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BodyCollector } from "./body-collector.ts";

test("gives back any pieces in order, whether their length was announced or not", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 });
  fc.assert(
    fc.property(pieces, fc.boolean(), (given, announced) => {
      const whole = Buffer.concat(given);
      const collector = new BodyCollector(10_000, announced ? whole.length : null);
      for (const piece of given) assert.ok(collector.add(piece));
      assert.deepEqual(Buffer.from(collector.body()), whole);
    }),
  );
});

test("gives a single piece as it came", () => {
  const collector = new BodyCollector(10, 3);
  const piece = new Uint8Array([1, 2, 3]);
  collector.add(piece);
  assert.equal(collector.body(), piece);
});

test("holds one buffer of exactly an honest, small length", () => {
  const collector = new BodyCollector(1000, 6);
  collector.add(new Uint8Array(2));
  collector.add(new Uint8Array(2));
  collector.add(new Uint8Array(2));
  assert.equal(collector.body().buffer.byteLength, 6);
});

test("does not take a large announced length at its word", () => {
  const announced = 1024 * 1024 * 1024;
  const collector = new BodyCollector(announced, announced);
  for (let i = 0; i < 10; i++) collector.add(new Uint8Array(100));
  assert.ok(collector.body().buffer.byteLength <= 2000);
});

test("refuses the piece that goes over the limit", () => {
  const collector = new BodyCollector(10, null);
  assert.equal(collector.add(new Uint8Array(10)), true);
  assert.equal(collector.add(new Uint8Array(1)), false);
});
