// Reading ahead keeps order, limit and errors, and ends its source.
import assert from "node:assert/strict";
import { it } from "node:test";
import { readAhead } from "./read-ahead.ts";

it("gives all items in order and takes no more than the limit beforehand", async () => {
  let made = 0;
  async function* numbers() {
    while (made < 10) yield made++;
  }
  await using ahead = readAhead(numbers(), 3);
  await new Promise(setImmediate);
  assert.equal(made, 3);
  const seen: number[] = [];
  for await (const item of ahead) seen.push(item);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("throws where the source does, after what came before, and ends a source that is not read to its end", async () => {
  const broken = new Error("broken");
  async function* failing() {
    yield 1;
    throw broken;
  }
  const seen: number[] = [];
  await using ahead = readAhead(failing(), 5);
  await assert.rejects(async () => {
    for await (const item of ahead) seen.push(item);
  }, broken);
  assert.deepEqual(seen, [1]);
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield 0;
    } finally {
      ended = true;
    }
  }
  await readAhead(endless(), 2)[Symbol.asyncDispose]();
  assert.ok(ended);
});
