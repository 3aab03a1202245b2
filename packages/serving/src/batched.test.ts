// How the batcher forms batches, and what it tells the statistics.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { handDrivenBatcher } from "@sealserve/conformance/suites/hand-driven-batcher";
import { echo, echoRequest, engineFailure } from "@sealserve/conformance/suites/hand-driven-runner";

describe("the batcher, where nothing is to be waited for,", () => {
  it("starts a request at once, on no timer", async () => {
    const { clock, runner, send } = handDrivenBatcher();
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
    const { runner, send, sizes, waiting } = handDrivenBatcher({}, { concurrency: 2 });
    for (let i = 0; i < 5; i++) send(echoRequest(i));
    assert.deepEqual([sizes(), waiting()], [[1, 1], 3]);
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual([sizes(), waiting()], [[1, 3], 0]);
  });

  it("runs one request at a time for a model without a batch dimension", async () => {
    const { runner, send, sizes } = handDrivenBatcher({ maxQueueDelay: 50 }, { maxBatchSize: 0 });
    for (let i = 0; i < 3; i++) send(echoRequest(i, 4));
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(sizes(), [1]);
      runner.running[0]?.answer();
      await turn();
    }
    assert.deepEqual(sizes(), []);
  });

  it("counts rows, not requests", async () => {
    const { runner, send } = handDrivenBatcher({}, { maxBatchSize: 4 });
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
    const { runner, send, sizes } = handDrivenBatcher({ maxBatchRows: 2 }, { maxBatchSize: Number.POSITIVE_INFINITY });
    for (const rows of [9, 1, 1, 1]) send(echoRequest(rows, rows));
    assert.deepEqual(sizes(), [1]);
    runner.running[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), [2]);
  });
});

describe("the batcher, where batches are waited for,", () => {
  it("holds the first request for the delay, and no longer", () => {
    const { clock, send, sizes } = handDrivenBatcher({ maxQueueDelay: 5 });
    send(echoRequest(1));
    clock.advance(4);
    send(echoRequest(2));
    assert.deepEqual(sizes(), []);
    clock.advance(1);
    assert.deepEqual(sizes(), [2]);
    assert.equal(clock.timers, 0);
  });

  it("starts a full batch at once", () => {
    const { send, sizes } = handDrivenBatcher({ maxQueueDelay: 5 }, { maxBatchSize: 3, concurrency: 2 });
    for (let i = 0; i < 4; i++) send(echoRequest(i));
    assert.deepEqual(sizes(), [3]);
  });

  it("starts a batch of a preferred size at once", () => {
    const { clock, send, sizes } = handDrivenBatcher(
      { maxQueueDelay: 5, preferredBatchSizes: [2] },
      { concurrency: 2 },
    );
    for (let i = 0; i < 3; i++) send(echoRequest(i));
    assert.deepEqual(sizes(), [2]);
    clock.advance(5);
    assert.deepEqual(sizes(), [2, 1]);
  });

  it("measures the delay of what stays behind from its own coming", async () => {
    const { clock, runner, send, sizes } = handDrivenBatcher({ maxQueueDelay: 5 }, { maxBatchSize: 2 });
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
    const { clock, runner, send } = handDrivenBatcher();
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
    const { clock, runner, send } = handDrivenBatcher({ maxQueueDelay: 10 }, { maxBatchSize: 2 });
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

describe("the batcher's statistics", () => {
  it("tell of each batch how long its requests waited and how it ran", async () => {
    const { clock, runner, send, executions } = handDrivenBatcher();
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
    const { runner, send, executions } = handDrivenBatcher();
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
