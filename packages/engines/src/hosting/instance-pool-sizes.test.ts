// A pool whose instances come and go: who goes on, who waits for whom, and what it tells of them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "@sealserve/serving";
import { fieldsMetadata } from "../handlers/fields-metadata.ts";
import { answer, init, open, request } from "./testing/failing-pools.ts";

const never = new AbortController().signal;

describe("a pool that is resized", () => {
  it("starts more instances and ends others, and never touches those that stay", async () => {
    const { pool, events } = await open("process", 1);
    await using _ = pool;
    const [first] = pool.instances?.() ?? [];
    assert.deepEqual([first?.id, first?.state], ["0", "ready"]);
    await pool.resize?.(3, never);
    assert.equal(pool.concurrency, 3);
    const [same, ...others] = pool.instances?.() ?? [];
    assert.deepEqual(same, first);
    assert.equal(new Set([same?.pid, ...others.map(({ pid }) => pid)]).size, 3);
    await pool.resize?.(1, never);
    assert.deepEqual(pool.instances?.(), [first]);
    await pool.resize?.(2, never);
    assert.deepEqual(
      pool.instances?.().map(({ id }) => id),
      ["0", "3"],
    );
    assert.equal(events.count("ended"), 0);
    assert.equal(events.count("ready"), 4);
  });

  it("lets an instance that goes end what it runs", async () => {
    const { pool, clock } = await open("thread", 2);
    await using _ = pool;
    const late = [pool.run([request("hang")], never), pool.run([request("hang")], never)];
    const resized = pool.resize?.(1, never);
    let done = false;
    void resized?.then(() => {
      done = true;
    });
    const waiting = answer(pool, request());
    await new Promise(setImmediate);
    assert.equal(done, false);
    assert.equal(pool.concurrency, 1);
    assert.equal(pool.instances?.().length, 2);
    clock.advance(1000);
    // Either may be the first.
    await Promise.all(late.map((each) => assert.rejects(each, { code: "deadline-exceeded" })));
    await resized;
    await waiting;
    assert.equal(pool.instances?.().length, 1);
  });

  it("to nothing refuses who waits and who comes, and comes back", async () => {
    const { pool, clock } = await open("thread", 1);
    await using _ = pool;
    const late = assert.rejects(pool.run([request("hang")], never), { code: "deadline-exceeded" });
    const waiting = assert.rejects(pool.run([request()], never), { code: "no-instance" });
    const resized = pool.resize?.(0, never);
    await waiting;
    await assert.rejects(pool.run([request()], never), { code: "no-instance" });
    clock.advance(1000);
    await late;
    await resized;
    assert.deepEqual(pool.instances?.(), []);
    await pool.resize?.(1, never);
    await answer(pool, request());
  });

  it("goes on as before where a new instance cannot be loaded", async () => {
    let loads = 0;
    const { pool } = await open("thread", 1, { init: () => init(loads++ < 2 ? "well" : "throw")() });
    await using _ = pool;
    await assert.rejects(pool.resize?.(3, never) ?? Promise.resolve(), { code: "load-failed" });
    assert.equal(pool.concurrency, 1);
    assert.equal(pool.instances?.().length, 1);
    await answer(pool, request());
  });

  it("stops starting instances when it is told to, or is disposed", async () => {
    let loads = 0;
    const { pool } = await open("thread", 1, {
      clock: systemClock(),
      init: () => init(loads++ < 1 ? "well" : "hang")(),
    });
    const unwanted = new AbortController();
    const resized = pool.resize?.(2, unwanted.signal);
    unwanted.abort(new Error("unwanted"));
    await assert.rejects(resized ?? Promise.resolve(), { message: "unwanted" });
    const again = assert.rejects(pool.resize?.(2, never) ?? Promise.resolve());
    await pool[Symbol.asyncDispose]();
    await again;
  });
});

describe("a pool without instances", () => {
  it("starts nothing where it knows what the model takes", async () => {
    const { pool, events } = await open("thread", 0, {}, { metadata: fieldsMetadata("test", 4) });
    await using _ = pool;
    assert.equal(pool.metadata().kind, "fields");
    assert.equal(events.seen.length, 0);
    await assert.rejects(pool.run([request()], never), { code: "no-instance" });
  });

  it("else starts one, learns from it, and ends it", async () => {
    const { pool, events } = await open("thread", 0);
    await using _ = pool;
    assert.equal(pool.metadata().platform, "test");
    assert.equal(events.count("ready"), 1);
    assert.deepEqual([pool.concurrency, pool.instances?.()], [0, []]);
  });
});

describe("a pool that is asked by lane", () => {
  it("runs a batch on that instance and no other, and waits for it", async () => {
    const { pool, clock } = await open("process", 2);
    await using _ = pool;
    const pids = pool.instances?.().map(({ pid }) => pid);
    for (const lane of [0, 1, 1, 0]) {
      const [result] = await pool.run([request()], never, { lane });
      assert.equal(result && "outputs" in result && result.parameters?.["pid"], pids?.[lane]);
    }
    const late = assert.rejects(pool.run([request("hang")], never, { lane: 0 }), { code: "deadline-exceeded" });
    let answered = false;
    const waiting = pool.run([request()], never, { lane: 0 }).then(() => {
      answered = true;
    });
    await pool.run([request()], never, { lane: 1 });
    assert.equal(answered, false);
    clock.advance(1000);
    await late;
    await waiting;
    await assert.rejects(pool.run([request()], never, { lane: 2 }), { code: "engine-unavailable" });
  });
});

describe("an engine that streams", () => {
  for (const isolation of ["thread", "process"] as const) {
    it(`on its own ${isolation} gives every request its answers in their order`, async () => {
      const { pool } = await open(isolation);
      await using _ = pool;
      const seen: unknown[][] = [[], []];
      const onPartial = (index: number, { parameters }: { parameters?: object }) =>
        seen[index]?.push((parameters as { i?: unknown }).i);
      const results = await pool.run([request("stream"), request("stream")], never, { onPartial });
      assert.equal(results.length, 2);
      assert.deepEqual(seen, [
        [0, 1, 2],
        [0, 1, 2],
      ]);
    });
  }

  it("has the whole response time-out for every answer, and no longer", async () => {
    const { pool, clock } = await open("thread");
    await using _ = pool;
    const given = Promise.withResolvers<void>();
    const late = pool.run([request("stream-slowly")], never, { onPartial: () => given.resolve() });
    clock.advance(900);
    await given.promise;
    clock.advance(900);
    await new Promise(setImmediate);
    assert.equal(pool.instances?.()[0]?.state, "ready");
    clock.advance(100);
    await assert.rejects(late, { code: "deadline-exceeded" });
  });
});
