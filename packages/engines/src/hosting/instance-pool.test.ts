// Engines that fail in every way, on threads and in processes: who is told, who goes on, who comes back.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isInferenceError } from "@sealserve/inference";
import { systemClock } from "@sealserve/serving";
import { VirtualClock } from "../../../../conformance/suites/virtual-clock.ts";
import { EngineLoadError } from "../engine-error.ts";
import { defaultBackOff } from "./back-off.ts";
import { openInstancePool } from "./instance-pool.ts";
import { quietEnvironment } from "./quiet-libraries.ts";
import { answer, init, open, optionsOf, request } from "./testing/failing-pools.ts";

const never = new AbortController().signal;

const failsWith = (code: string) => (error: unknown) => isInferenceError(error) && error.code === code;

for (const isolation of ["thread", "process"] as const) {
  describe(`an engine on its own ${isolation}`, () => {
    for (const act of ["exit", "throw-later"] as const) {
      it(`fails what was running when it ends by '${act}', and is started again at once`, async () => {
        const { pool, events } = await open(isolation);
        await using _ = pool;
        await assert.rejects(pool.run([request(act)], never), failsWith("engine-unavailable"));
        assert.deepEqual((await answer(pool, request())).outputs[0]?.bytes, Uint8Array.of(1));
        assert.equal(events.count("ended"), 1);
        assert.equal(events.count("ready"), 2);
      });
    }

    for (const act of ["hang", "spin"] as const) {
      it(`is ended when a request '${act}'s longer than the response time-out`, async () => {
        const { pool, clock } = await open(isolation);
        await using _ = pool;
        const late = pool.run([request(act)], never);
        clock.advance(1000);
        await assert.rejects(late, (error) => failsWith("deadline-exceeded")(error) && errorLimit(error) === 1000);
        await answer(pool, request());
      });
    }

    it("is ended when its own memory grows beyond its limit", async () => {
      const { pool } = await open(isolation, 1, {}, { limits: { maxHeap: 32 } });
      await using _ = pool;
      // Of a process only the kernel's end is known for one.
      const code = isolation === "thread" ? "handler-failed" : "engine-unavailable";
      await assert.rejects(pool.run([request("hoard")], never), failsWith(code));
      await answer(pool, request());
    });

    it("fails a batch with the engine's own error, and lives", async () => {
      const { pool, events } = await open(isolation);
      await using _ = pool;
      await assert.rejects(pool.run([request("fail")], never), failsWith("engine-failed"));
      await assert.rejects(pool.run([request("fail-typed")], never), failsWith("invalid-value"));
      await assert.rejects(pool.run([request("too-few")], never), failsWith("engine-failed"));
      await answer(pool, request());
      assert.equal(events.count("ended"), 0);
    });

    it("refuses to load what the engine refuses, and leaves nothing behind", async () => {
      const loading = open(isolation, 2, { init: init("throw") });
      await assert.rejects(loading, (error) => loadCode(error) === "load-failed" && /odd/.test(String(error)));
    });

    it("tells a load that ends its thread or process", async () => {
      await assert.rejects(open(isolation, 1, { init: init("exit") }), (error) => loadCode(error) === "load-crashed");
    });

    it("ends a load that never ends", async () => {
      const clock = new VirtualClock();
      const loading = open(isolation, 1, { clock, init: init("hang") });
      clock.advance(5000);
      await assert.rejects(loading, (error) => loadCode(error) === "load-timeout");
    });

    it("stops loading when nobody wants it any more", async () => {
      const unwanted = new AbortController();
      const parts = { clock: systemClock(), init: init("hang"), onEvent: () => undefined };
      const loading = openInstancePool(optionsOf(isolation, 1), parts, unwanted.signal);
      unwanted.abort(new Error("unloaded"));
      await assert.rejects(loading, { message: "unloaded" });
    });

    it("passes on what the model prints, and sees no environment of ours", async () => {
      const { pool, events } = await open(isolation);
      await using _ = pool;
      await answer(pool, request("print"));
      await events.reach("output", 1);
      const { outputs } = await answer(pool, request("environment"));
      const names = Object.keys(JSON.parse(new TextDecoder().decode(outputs[0]?.bytes)));
      const expected = isolation === "process" ? Object.keys(quietEnvironment) : [];
      assert.deepEqual(
        names.filter((name) => !name.startsWith("NODE_CHANNEL_")),
        expected,
      );
    });

    it("answers nobody once it is disposed", async () => {
      const { pool } = await open(isolation);
      await pool[Symbol.asyncDispose]();
      await assert.rejects(pool.run([request()], never), failsWith("engine-unavailable"));
    });
  });
}

describe("several instances", () => {
  it("go on serving while one that was killed by a signal restarts", async () => {
    const { pool, events } = await open("process", 2);
    await using _ = pool;
    const killed = pool.run([request("segfault")], never);
    const others = Array.from({ length: 10 }, (_, i) => answer(pool, request(undefined, i)));
    await assert.rejects(killed, failsWith("engine-unavailable"));
    for (const [i, { outputs }] of (await Promise.all(others)).entries()) {
      assert.deepEqual(outputs[0]?.bytes, Uint8Array.of(i));
    }
    await events.reach("ready", 3);
    assert.deepEqual(
      events.seen.find(({ type }) => type === "ended"),
      {
        type: "ended",
        reason: "its process was ended by SIGSEGV",
        restartIn: 0,
        model: "m",
        version: "1",
        instance: 0,
      },
    );
  });

  it("count the response time-out from the start of each batch, and keep no timer when they end", async () => {
    const { pool, events, clock } = await open("thread");
    {
      await using _ = pool;
      await answer(pool, request());
      clock.advance(900);
      const second = answer(pool, request());
      clock.advance(999);
      await second;
      const late = pool.run([request("hang")], never);
      clock.advance(1000);
      await assert.rejects(late, failsWith("deadline-exceeded"));
      await events.reach("ready", 2);
      await answer(pool, request());
    }
    assert.equal(clock.timers, 0);
  });

  it("let a batch that waits leave", async () => {
    const { pool, clock } = await open("thread");
    await using _ = pool;
    const running = pool.run([request("hang")], never);
    const unwanted = new AbortController();
    const waiting = pool.run([request()], unwanted.signal);
    unwanted.abort();
    await assert.rejects(waiting, failsWith("cancelled"));
    clock.advance(1000);
    await assert.rejects(running);
  });
});

describe("an engine that keeps ending", () => {
  it("is started again later each time; meanwhile requests are refused at once", async () => {
    const { pool, events, clock } = await open("thread");
    await using _ = pool;
    for (const [i, wait] of [0, 100, 200, 400].entries()) {
      await assert.rejects(pool.run([request("exit")], never), failsWith("engine-unavailable"));
      const ended = events.seen.findLast((event) => event.type === "ended");
      assert.equal(ended?.restartIn, wait);
      if (wait > 0) await assert.rejects(pool.run([request()], never), failsWith("engine-unavailable"));
      clock.advance(wait);
      await events.reach("ready", i + 2);
    }
    clock.advance(defaultBackOff.stable);
    await assert.rejects(pool.run([request("exit")], never));
    assert.equal(events.seen.findLast((event) => event.type === "ended")?.restartIn, 0);
  });

  it("that does not load again is tried again", async () => {
    let loads = 0;
    const parts = { init: () => init(loads++ === 1 ? "throw" : "well")() };
    const { pool, events, clock } = await open("thread", 1, parts);
    await using _ = pool;
    await assert.rejects(pool.run([request("exit")], never));
    await events.reach("ended", 2);
    clock.advance(100);
    await events.reach("ready", 2);
    await answer(pool, request());
    assert.equal(loads, 3);
  });
});

function loadCode(error: unknown): string | null {
  return error instanceof EngineLoadError ? error.code : null;
}

function errorLimit(error: unknown): number | null {
  return isInferenceError(error) && error.code === "deadline-exceeded" ? error.facts.limit : null;
}
