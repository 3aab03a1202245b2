// The pipe between a model's pieces and an engine: all in order, never an end that looks whole, and nothing left in any case.
import assert from "node:assert/strict";
import { existsSync, write } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { type ModelPipe, openModelPipe, type Pour } from "./model-pipe.ts";

const never = new AbortController().signal;

async function openPipe(): Promise<ModelPipe> {
  const pipe = await openModelPipe();
  assert.ok(pipe, "this machine has no mkfifo");
  return pipe;
}

/** Pours pieces of 200,000 bytes. */
function pieces(count: number, fail: Error | null = null): Pour {
  return async (into) => {
    const descriptor = await into();
    if (descriptor === null) return false;
    for (let i = 0; i < count; i++) {
      const piece = new Uint8Array(200_000).fill(i + 1);
      for (let done = 0; done < piece.length; ) {
        done += (await promisify(write)(descriptor, piece.subarray(done))).bytesWritten;
      }
    }
    if (fail) throw fail;
    return true;
  };
}

it("passes all pieces on in their order, and is gone", async () => {
  const pipe = await openPipe();
  const reading = readFile(pipe.path);
  assert.equal(await pipe.feed(pieces(5), never), true);
  const expected = Buffer.concat([1, 2, 3, 4, 5].map((i) => Buffer.alloc(200_000, i)));
  assert.ok((await reading).equals(expected));
  assert.ok(!existsSync(dirname(pipe.path)));
});

it("ends what is not the whole model in what no parser takes", async () => {
  const pipe = await openPipe();
  const reading = readFile(pipe.path);
  const forged = new Error("forged");
  await assert.rejects(pipe.feed(pieces(3, forged), never), forged);
  const read = await reading;
  assert.equal(read.length, 600_064);
  assert.ok(read.subarray(-64).equals(Buffer.alloc(64, 7)));
});

it("lets go of a reader for whom nothing is poured", async () => {
  const pipe = await openPipe();
  const reading = readFile(pipe.path);
  const refused = new Error("another root");
  await assert.rejects(
    pipe.feed(() => Promise.reject(refused), never),
    refused,
  );
  assert.ok((await reading).equals(Buffer.alloc(64, 7)));
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
