// The pipe between a model's pieces and an engine: all in order, never an end that looks whole, and nothing left in any case.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { it } from "node:test";
import { type ModelPipe, openModelPipe } from "./model-pipe.ts";

const never = new AbortController().signal;

async function openPipe(): Promise<ModelPipe> {
  const pipe = await openModelPipe();
  assert.ok(pipe, "this machine has no mkfifo");
  return pipe;
}

async function* pieces(count: number, fail: Error | null = null): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let i = 0; i < count; i++) yield new Uint8Array(200_000).fill(i + 1);
  if (fail) throw fail;
}

it("passes all pieces on in their order, and is gone", async () => {
  const pipe = await openPipe();
  const reading = readFile(pipe.path);
  assert.equal(await pipe.feed(pieces(5), never), true);
  const expected = Buffer.concat([1, 2, 3, 4, 5].map((i) => Buffer.alloc(200_000, i)));
  assert.ok((await reading).equals(expected));
  assert.ok(!existsSync(dirname(pipe.path)));
});

it("keeps the last piece back from who reads what is not proved, and ends it in what no parser takes", async () => {
  const pipe = await openPipe();
  const reading = readFile(pipe.path);
  const forged = new Error("forged");
  await assert.rejects(pipe.feed(pieces(3, forged), never), forged);
  const read = await reading;
  assert.ok(!read.includes(Buffer.alloc(64, 3)));
  assert.ok(read.subarray(-64).equals(Buffer.alloc(64, 7)));
});

it("does not wait for a reader that will never come", async () => {
  const pipe = await openPipe();
  const stop = new AbortController();
  const feeding = pipe.feed(pieces(3), stop.signal);
  stop.abort();
  assert.equal(await feeding, false);
  assert.ok(!existsSync(dirname(pipe.path)));
  const late = await openPipe();
  assert.equal(await late.feed(pieces(3), stop.signal), false);
  assert.ok(!existsSync(dirname(late.path)));
});
