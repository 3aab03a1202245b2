// Any part of a sealed file can be read, in any order, and what is not proved is not given out.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunkSize, sealedChunkSize } from "./age/chunks.ts";
import { openRandom } from "./open-random.ts";
import { type RandomSource, sourceOf } from "./random-source.ts";
import { directKey } from "./testing/direct-key.ts";
import { patternBytes, sealBytes } from "./testing/streams.ts";

const key = directKey();
const plaintext = patternBytes(20 * chunkSize + 77);
const sealed = await sealBytes(plaintext, key);

test("every range is what the whole has there", async () => {
  const opened = await openRandom(sourceOf(sealed), [key]);
  assert.equal(opened.size, plaintext.length);
  assert.deepEqual(await opened.read(0, opened.size), plaintext);
  const offset = fc.integer({ min: 0, max: plaintext.length });
  const length = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: plaintext.length }));
  await fc.assert(
    fc.asyncProperty(offset, length, async (from, wanted) => {
      const count = Math.min(wanted, plaintext.length - from);
      assert.deepEqual(await opened.read(from, count), plaintext.slice(from, from + count));
    }),
    { numRuns: 60 },
  );
});

test("sizes at the borders of chunks", async () => {
  for (const size of [0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize]) {
    const opened = await openRandom(sourceOf(await sealBytes(patternBytes(size), key)), [key]);
    assert.equal(opened.size, size);
    assert.deepEqual(await opened.read(0, size), patternBytes(size), `${size}`);
    assert.deepEqual(await opened.read(size, 0), new Uint8Array());
  }
});

test("a range outside is refused", async () => {
  const opened = await openRandom(sourceOf(sealed), [key]);
  for (const [offset, length] of [
    [-1, 1],
    [0, plaintext.length + 1],
    [plaintext.length, 1],
    [0.5, 1],
    [0, Number.NaN],
    [1, 2 ** 53],
  ] as const) {
    await assert.rejects(opened.read(offset, length), { code: "range-outside" }, `${offset} ${length}`);
  }
});

test("a cut or longer file is refused before its size is believed", async () => {
  const cuts = [0, 1, 100, sealedChunkSize, sealed.length - 1, sealed.length - 78, sealed.length - 77 - 16];
  for (const length of cuts) {
    await assert.rejects(openRandom(sourceOf(sealed.subarray(0, length)), [key]), (error) =>
      ["truncated", "chunk-forged"].includes(Object(error).code),
    );
  }
  const longer = new Uint8Array(sealed.length + 1);
  longer.set(sealed);
  await assert.rejects(openRandom(sourceOf(longer), [key]), { code: "chunk-forged" });
});

test("a changed chunk is refused when it is read, and others are still given", async () => {
  const changed = Uint8Array.from(sealed);
  const at = changed.length - 10 * sealedChunkSize;
  changed[at] = (changed[at] ?? 0) ^ 1;
  const opened = await openRandom(sourceOf(changed), [key]);
  await assert.rejects(opened.read(0, opened.size), { code: "chunk-forged" });
  assert.deepEqual(await opened.read(0, 5), plaintext.slice(0, 5));
});

test("small reads in order open each chunk once; many at a time do not mix", async () => {
  let reads = 0;
  const inner = sourceOf(sealed);
  const counted: RandomSource = {
    size: inner.size,
    read(offset, length) {
      reads += 1;
      return inner.read(offset, length);
    },
  };
  const opened = await openRandom(counted, [key]);
  reads = 0;
  for (let at = 0; at < 2 * chunkSize; at += 4096) {
    assert.deepEqual(await opened.read(at, 4096), plaintext.slice(at, at + 4096));
  }
  assert.equal(reads, 2);
  const many = Array.from({ length: 50 }, (_, i) => i * 20_011);
  const parts = await Promise.all(many.map((at) => opened.read(at, 3000)));
  for (const [i, at] of many.entries()) assert.deepEqual(parts[i], plaintext.slice(at, at + 3000));
});

test("a source that shrinks while it is read is told", async () => {
  let shrunk = false;
  const inner = sourceOf(sealed);
  const opened = await openRandom(
    { size: inner.size, read: (offset, length) => inner.read(offset, shrunk ? Math.min(length, 10) : length) },
    [key],
  );
  shrunk = true;
  await assert.rejects(opened.read(0, 100), { code: "truncated" });
});
