import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  echo,
  echoRequest,
  engineFailure,
  type HandDrivenOptions,
  HandDrivenRunner,
} from "@sealserve/conformance/suites/hand-driven-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import { type BatchedOptions, batched } from "./batched.ts";
import type { Execution } from "./execution.ts";

const never = new AbortController().signal;

function bench(options: Partial<BatchedOptions> = {}, model: HandDrivenOptions = {}) {
  const clock = new VirtualClock();
  const runner = new HandDrivenRunner(model);
  const executions: Execution[] = [];
  const statistics = { recordExecution: (execution: Execution) => executions.push(execution) };
  const defaults: BatchedOptions = { maxQueueDelay: 0, preferredBatchSizes: [], maxQueueSize: 100 };
  const servable = batched({ ...defaults, ...options }, { runner, clock, statistics });
  const send = (request: InferenceRequest, signal = never): Promise<InferenceResponse> => {
    const answer = servable.infer(request, signal);
    answer.catch(() => {});
    return answer;
  };
  const sizes = (): number[] => runner.running.map(({ requests }) => requests.length);
  return { clock, runner, executions, servable, send, sizes };
}

describe("the batcher, where nothing is to be waited for,", () => {
  it("starts a request at once, on no timer", async () => {
    const { clock, runner, send } = bench();
    const request = echoRequest(1);
    const answer = send(request);
    assert.deepEqual(
      runner.running.map(({ requests }) => requests),
      [[request]],
    );
    assert.equal(clock.timers, 0);
    runner.running[0]?.answer();
    assert.deepEqual(await answer, echo(request));
  });

  it("runs as many batches at once as the runner can, and merges what waits", async () => {
    const { runner, send, sizes } = bench({}, { concurrency: 2 });
    for (let i = 0; i < 5; i++) send(echoRequest(i));
    assert.deepEqual(sizes(), [1, 1]);
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), [1, 3]);
  });

  it("runs one request at a time for a model without a batch dimension", async () => {
    const { runner, send, sizes } = bench({ maxQueueDelay: 50 }, { maxBatchSize: 0 });
    for (let i = 0; i < 3; i++) send(echoRequest(i, 4));
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(sizes(), [1]);
      runner.running[0]?.answer();
      await turn();
    }
    assert.deepEqual(sizes(), []);
  });

  it("counts rows, not requests", async () => {
    const { runner, send } = bench({}, { maxBatchSize: 4 });
    for (const rows of [1, 2, 2, 1]) send(echoRequest(rows, rows));
    const rows: unknown[] = [];
    while (runner.running.length > 0) {
      rows.push(runner.running[0]?.requests.map(({ inputs }) => inputs[0]?.shape[0]));
      runner.running[0]?.answer();
      await turn();
    }
    assert.deepEqual(rows, [[1], [2, 2], [1]]);
  });

  it("merges up to its own limit where the model has none; a larger request passes alone", async () => {
    const { runner, send, sizes } = bench({ maxBatchRows: 2 }, { maxBatchSize: Number.POSITIVE_INFINITY });
    for (const rows of [9, 1, 1, 1]) send(echoRequest(rows, rows));
    assert.deepEqual(sizes(), [1]);
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), [2]);
  });
});

describe("the batcher, where batches are waited for,", () => {
  it("holds the first request for the delay, and no longer", () => {
    const { clock, send, sizes } = bench({ maxQueueDelay: 5 });
    send(echoRequest(1));
    clock.advance(4);
    send(echoRequest(2));
    assert.deepEqual(sizes(), []);
    clock.advance(1);
    assert.deepEqual(sizes(), [2]);
    assert.equal(clock.timers, 0);
  });

  it("starts a full batch at once", () => {
    const { send, sizes } = bench({ maxQueueDelay: 5 }, { maxBatchSize: 3, concurrency: 2 });
    for (let i = 0; i < 4; i++) send(echoRequest(i));
    assert.deepEqual(sizes(), [3]);
  });

  it("starts a batch of a preferred size at once", () => {
    const { clock, send, sizes } = bench({ maxQueueDelay: 5, preferredBatchSizes: [2] }, { concurrency: 2 });
    for (let i = 0; i < 3; i++) send(echoRequest(i));
    assert.deepEqual(sizes(), [2]);
    clock.advance(5);
    assert.deepEqual(sizes(), [2, 1]);
  });

  it("measures the delay of what stays behind from its own coming", async () => {
    const { clock, runner, send, sizes } = bench({ maxQueueDelay: 5 }, { maxBatchSize: 2 });
    send(echoRequest(1));
    clock.advance(3);
    send(echoRequest(2));
    send(echoRequest(3));
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), []);
    clock.advance(4);
    assert.deepEqual(sizes(), []);
    clock.advance(1);
    assert.deepEqual(sizes(), [1]);
  });
});

describe("the batcher, with requests that differ,", () => {
  it("never mixes them, and serves the one that came first", async () => {
    const { clock, runner, send } = bench();
    send(echoRequest(0));
    const order: unknown[] = [];
    for (const width of [1, 2, 1, 3]) {
      clock.advance(1);
      send(echoRequest(0, 1, width));
    }
    for (let i = 0; i < 3; i++) {
      runner.running[0]?.answer();
      await turn();
      order.push(runner.running[0]?.requests.map(({ inputs }) => inputs[0]?.shape[1]));
    }
    assert.deepEqual(order, [[1, 1], [2], [3]]);
  });

  it("lets a lone one through a crowd", async () => {
    const { clock, runner, send } = bench({ maxQueueDelay: 10 }, { maxBatchSize: 2 });
    const lone = echoRequest(0, 1, 7);
    send(lone);
    let rounds = 0;
    while (!runner.running.some(({ requests }) => requests.includes(lone))) {
      assert.ok(rounds++ < 12, "it starves");
      for (let i = 0; i < 4; i++) send(echoRequest(i));
      clock.advance(1);
      runner.running[0]?.answer();
      await turn();
    }
  });
});

describe("the batcher, when it is too much,", () => {
  it("refuses at once what its queue cannot hold, and takes more when there is room", async () => {
    const { runner, send } = bench({ maxQueueSize: 1 });
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
    const { runner, send } = bench({ maxQueueSize: 0 });
    const first = send(echoRequest(1));
    await assert.rejects(send(echoRequest(2)), { code: "queue-full" });
    runner.running[0]?.answer();
    assert.deepEqual(await first, echo(echoRequest(1)));
  });

  it("bounds what waits for a batch to fill, too", async () => {
    const { send } = bench({ maxQueueSize: 1, maxQueueDelay: 5 });
    send(echoRequest(1));
    await assert.rejects(send(echoRequest(2)), { code: "queue-full" });
  });
});

describe("the batcher, when time is up,", () => {
  it("refuses a request that waits, and never runs it", async () => {
    const { clock, runner, send, sizes } = bench();
    send(echoRequest(1));
    const late = send({ ...echoRequest(2), timeout: 10 });
    clock.advance(10);
    await assert.rejects(late, { code: "deadline-exceeded", facts: { model: "echo", limit: 10 } });
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), []);
  });

  it("releases a caller whose batch still runs, and leaves the others in it", async () => {
    const { clock, runner, send } = bench();
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
    const { clock, send } = bench({ timeout: 20 });
    const usual = send(echoRequest(1));
    const hasty = send({ ...echoRequest(2), timeout: 10 });
    clock.advance(10);
    await assert.rejects(hasty, { code: "deadline-exceeded", facts: { model: "echo", limit: 10 } });
    clock.advance(10);
    await assert.rejects(usual, { code: "deadline-exceeded", facts: { model: "echo", limit: 20 } });
  });

  it("keeps one timer for all deadlines", async () => {
    const { clock, send } = bench({ timeout: 20 });
    for (let i = 0; i < 50; i++) send(echoRequest(i));
    assert.equal(clock.timers, 1);
  });
});

describe("the batcher, when callers leave,", () => {
  it("refuses one that had left before", async () => {
    const { send, sizes } = bench();
    await assert.rejects(send(echoRequest(1), AbortSignal.abort()), { code: "cancelled" });
    assert.deepEqual(sizes(), []);
  });

  it("forgets a request that waits", async () => {
    const { runner, send, sizes } = bench({ maxQueueSize: 1 });
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
    const { runner, send } = bench();
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
    const { runner, send, sizes } = bench();
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
    const { runner, send } = bench();
    const first = send(echoRequest(1));
    runner.running[0]?.fail(engineFailure());
    await assert.rejects(first, { code: "engine-failed" });
    const second = send(echoRequest(2));
    runner.running[0]?.answer();
    assert.deepEqual(await second, echo(echoRequest(2)));
  });

  it("tells the one caller whose request failed", async () => {
    const { runner, send } = bench();
    send(echoRequest(0));
    const [bad, good] = [send(echoRequest(1)), send(echoRequest(2))];
    runner.running[0]?.answer();
    await turn();
    runner.running[0]?.answer([engineFailure(), echo(echoRequest(2))]);
    await assert.rejects(bad, { code: "engine-failed" });
    assert.deepEqual(await good, echo(echoRequest(2)));
  });

  it("takes a wrong number of results as a failure of the engine", async () => {
    const { runner, send } = bench();
    for (const results of [[], [echo(echoRequest(1)), echo(echoRequest(1))]]) {
      const answer = send(echoRequest(1));
      runner.running[0]?.answer(results);
      await assert.rejects(answer, { code: "engine-failed" });
    }
  });

  it("hides what it does not know behind an internal error", async () => {
    const { runner, send } = bench();
    const answer = send(echoRequest(1));
    runner.running[0]?.fail(new Error("secret"));
    await assert.rejects(answer, { code: "internal", message: "internal error" });
  });
});

describe("the batcher's statistics", () => {
  it("tell of each batch how long its requests waited and how it ran", async () => {
    const { clock, runner, send, executions } = bench();
    send(echoRequest(1));
    send(echoRequest(2, 3));
    clock.advance(2);
    runner.running[0]?.answer();
    await turn();
    const timings = { computeInput: 1, computeInfer: 2, computeOutput: 3 };
    runner.running[0]?.answer([{ ...echo(echoRequest(2, 3)), timings }]);
    await turn();
    assert.deepEqual(executions, [
      { rows: 1, answeredRows: 1, queueNs: [0], timings: { computeInput: 0, computeInfer: 2e6, computeOutput: 0 } },
      { rows: 3, answeredRows: 3, queueNs: [2e6], timings },
    ]);
  });

  it("leave out what was not answered", async () => {
    const { runner, send, executions } = bench();
    send(echoRequest(1));
    send(echoRequest(2));
    send(echoRequest(3, 2));
    runner.running[0]?.fail(engineFailure());
    await turn();
    runner.running[0]?.answer([engineFailure(), echo(echoRequest(3, 2))]);
    await turn();
    assert.deepEqual(
      executions.map(({ rows, answeredRows, queueNs }) => [rows, answeredRows, queueNs.length]),
      [[3, 2, 1]],
    );
  });
});

describe("the batcher, when it is disposed,", () => {
  it("refuses what waits and what comes, and waits for what runs", async () => {
    const { clock, runner, servable, send } = bench({ timeout: 50 });
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
