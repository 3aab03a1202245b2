// What the batcher refuses and gives up: full queues, deadlines, callers that leave, runners that fail, its end.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { handDrivenBatcher } from "@sealserve/conformance/suites/hand-driven-batcher";
import { echo, echoRequest, engineFailure } from "@sealserve/conformance/suites/hand-driven-runner";

describe("the batcher, when it is too much,", () => {
  it("refuses at once what its queue cannot hold, and takes more when there is room", async () => {
    const { runner, send } = handDrivenBatcher({ maxQueueSize: 1 });
    send(echoRequest(1));
    send(echoRequest(2));
    await assert.rejects(send(echoRequest(3)), {
      code: "queue-full",
      facts: { model: "echo", version: "1", limit: 1 },
    });
    runner.running[0]?.answer();
    await turn();
    const later = send(echoRequest(4));
    runner.running[0]?.answer();
    await turn();
    runner.running[0]?.answer();
    assert.deepEqual(await later, echo(echoRequest(4)));
  });

  it("has a queue of nothing for those who want no waiting", async () => {
    const { runner, send } = handDrivenBatcher({ maxQueueSize: 0 });
    const first = send(echoRequest(1));
    await assert.rejects(send(echoRequest(2)), { code: "queue-full" });
    runner.running[0]?.answer();
    assert.deepEqual(await first, echo(echoRequest(1)));
  });

  it("bounds what waits for a batch to fill, too", async () => {
    const { send } = handDrivenBatcher({ maxQueueSize: 1, maxQueueDelay: 5 });
    send(echoRequest(1));
    await assert.rejects(send(echoRequest(2)), { code: "queue-full" });
  });
});

describe("the batcher, when time is up,", () => {
  it("refuses a request that waits, and never runs it", async () => {
    const { clock, runner, send, sizes } = handDrivenBatcher();
    send(echoRequest(1));
    const late = send({ ...echoRequest(2), timeout: 10 });
    clock.advance(10);
    await assert.rejects(late, { code: "deadline-exceeded", facts: { model: "echo", limit: 10 } });
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), []);
  });

  it("releases a caller whose batch still runs, and leaves the others in it", async () => {
    const { clock, runner, send } = handDrivenBatcher();
    send(echoRequest(1));
    const late = send({ ...echoRequest(2), timeout: 10 });
    const patient = send(echoRequest(3));
    runner.running[0]?.answer();
    await turn();
    clock.advance(10);
    await assert.rejects(late, { code: "deadline-exceeded" });
    assert.equal(runner.running[0]?.signal.aborted, false);
    runner.running[0]?.answer();
    assert.deepEqual(await patient, echo(echoRequest(3)));
  });

  it("takes its own limit where the request names none", async () => {
    const { clock, send } = handDrivenBatcher({ timeout: 20 });
    const usual = send(echoRequest(1));
    const hasty = send({ ...echoRequest(2), timeout: 10 });
    clock.advance(10);
    await assert.rejects(hasty, { code: "deadline-exceeded", facts: { model: "echo", limit: 10 } });
    clock.advance(10);
    await assert.rejects(usual, { code: "deadline-exceeded", facts: { model: "echo", limit: 20 } });
  });

  it("keeps one timer for all deadlines", async () => {
    const { clock, send } = handDrivenBatcher({ timeout: 20 });
    for (let i = 0; i < 50; i++) send(echoRequest(i));
    assert.equal(clock.timers, 1);
  });
});

describe("the batcher, when callers leave,", () => {
  it("refuses one that had left before", async () => {
    const { send, sizes } = handDrivenBatcher();
    await assert.rejects(send(echoRequest(1), AbortSignal.abort()), { code: "cancelled" });
    assert.deepEqual(sizes(), []);
  });

  it("forgets a request that waits", async () => {
    const { runner, send, sizes } = handDrivenBatcher({ maxQueueSize: 1 });
    send(echoRequest(1));
    const leaving = new AbortController();
    const left = send(echoRequest(2), leaving.signal);
    leaving.abort();
    await assert.rejects(left, { code: "cancelled" });
    send(echoRequest(3));
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), [1]);
  });

  it("stops a batch only when all of its callers have left", async () => {
    const { runner, send } = handDrivenBatcher();
    send(echoRequest(0));
    const leaving = [new AbortController(), new AbortController()];
    const left = leaving.map(({ signal }, i) => send(echoRequest(i), signal));
    runner.running[0]?.answer();
    await turn();
    const [batch] = runner.running;
    leaving[0]?.abort();
    assert.equal(batch?.signal.aborted, false);
    leaving[1]?.abort();
    assert.equal(batch?.signal.aborted, true);
    for (const answer of left) await assert.rejects(answer, { code: "cancelled" });
  });

  it("does not start more while a stopped batch still runs", async () => {
    const { runner, send, sizes } = handDrivenBatcher();
    const leaving = new AbortController();
    send(echoRequest(1), leaving.signal);
    leaving.abort();
    const next = send(echoRequest(2));
    await turn();
    assert.deepEqual(sizes(), [1]);
    runner.running[0]?.fail(engineFailure());
    await turn();
    runner.running[0]?.answer();
    assert.deepEqual(await next, echo(echoRequest(2)));
  });
});

describe("the batcher, when the runner fails,", () => {
  it("tells all callers of the batch, and goes on", async () => {
    const { runner, send } = handDrivenBatcher();
    const first = send(echoRequest(1));
    runner.running[0]?.fail(engineFailure());
    await assert.rejects(first, { code: "engine-failed" });
    const second = send(echoRequest(2));
    runner.running[0]?.answer();
    assert.deepEqual(await second, echo(echoRequest(2)));
  });

  it("tells the one caller whose request failed", async () => {
    const { runner, send } = handDrivenBatcher();
    send(echoRequest(0));
    const [bad, good] = [send(echoRequest(1)), send(echoRequest(2))];
    runner.running[0]?.answer();
    await turn();
    runner.running[0]?.answer([engineFailure(), echo(echoRequest(2))]);
    await assert.rejects(bad, { code: "engine-failed" });
    assert.deepEqual(await good, echo(echoRequest(2)));
  });

  it("takes a wrong number of results as a failure of the engine", async () => {
    const { runner, send } = handDrivenBatcher();
    for (const results of [[], [echo(echoRequest(1)), echo(echoRequest(1))]]) {
      const answer = send(echoRequest(1));
      runner.running[0]?.answer(results);
      await assert.rejects(answer, { code: "engine-failed" });
    }
  });

  it("hides what it does not know behind an internal error", async () => {
    const { runner, send } = handDrivenBatcher();
    const answer = send(echoRequest(1));
    runner.running[0]?.fail(new Error("secret"));
    await assert.rejects(answer, { code: "internal", message: "internal error" });
  });
});

describe("the batcher, when it is disposed,", () => {
  it("refuses what waits and what comes, and waits for what runs", async () => {
    const { clock, runner, servable, send } = handDrivenBatcher({ timeout: 50 });
    const runs = send(echoRequest(1));
    const waits = send(echoRequest(2));
    let disposed = false;
    const disposing = servable[Symbol.asyncDispose]().then(() => {
      disposed = true;
    });
    await assert.rejects(waits, { code: "shutting-down" });
    await assert.rejects(send(echoRequest(3)), { code: "shutting-down" });
    await turn();
    assert.equal(disposed, false);
    runner.running[0]?.answer();
    assert.deepEqual(await runs, echo(echoRequest(1)));
    await disposing;
    assert.equal(clock.timers, 0);
  });
});
