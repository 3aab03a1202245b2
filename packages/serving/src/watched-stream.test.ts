// What watches a stream is told how it ended, once; and its reader gets what there is, or why there is nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type StreamWatch, watchedStream } from "./watched-stream.ts";

async function* numbers(log: string[] = [], fails?: Error) {
  try {
    yield 1;
    yield 2;
    if (fails) throw fails;
  } finally {
    log.push("inner over");
  }
}

async function all(stream: AsyncIterable<number>): Promise<number[]> {
  const values: number[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

function watched(watch: StreamWatch<number>) {
  const log: string[] = [];
  return { log, stream: watchedStream<number>({ ...watch, over: ({ kind }) => log.push(kind) }) };
}

describe("a watched stream", () => {
  it("begins at the first read, and is read to its end once", async () => {
    let begun = 0;
    const { log, stream } = watched({
      begin: () => {
        begun++;
        return numbers();
      },
      each: (value) => value * 10,
    });
    assert.equal(begun, 0);
    assert.deepEqual(await all(stream), [10, 20]);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    assert.deepEqual({ begun, log }, { begun: 1, log: ["read"] });
  });

  it("gives up what it reads when its reader leaves, before it tells so", async () => {
    const { log, stream } = watched({ begin: () => numbers(log) });
    for await (const value of stream) if (value === 1) break;
    assert.deepEqual(log, ["inner over", "left"]);
    assert.equal((await stream.next()).done, true);
  });

  it("that nobody has read has not begun, and tells nothing", async () => {
    const { log, stream } = watched({ begin: () => assert.fail("it begins") });
    await stream.return?.();
    assert.equal((await stream.next()).done, true);
    assert.deepEqual(log, []);
  });

  it("gives the error of what it reads", async () => {
    const { log, stream } = watched({ begin: () => numbers([], new RangeError("no")) });
    await assert.rejects(all(stream), RangeError);
    assert.deepEqual(log, ["failed"]);
  });

  it("gives the error of its beginning", async () => {
    const begin = (): never => {
      throw new RangeError("no");
    };
    const { log, stream } = watched({ begin });
    await assert.rejects(stream.next(), RangeError);
    assert.equal((await stream.next()).done, true);
    assert.deepEqual(log, ["failed"]);
  });

  it("gives its watcher's error, and gives up what it reads", async () => {
    const each = (value: number): number => {
      if (value === 2) throw new RangeError("no");
      return value;
    };
    const { log, stream } = watched({ begin: () => numbers(log), each });
    await assert.rejects(all(stream), RangeError);
    assert.deepEqual(log, ["inner over", "failed"]);
  });
});
