// What is counted, under which name.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "@sealserve/conformance/suites/collect";
import { echoServable } from "@sealserve/conformance/suites/hand-driven-loader";
import { echo, echoRequest } from "@sealserve/conformance/suites/hand-driven-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { InferenceError } from "@sealserve/inference";
import { measured } from "./measured.ts";
import type { Servable } from "./servable.ts";
import { StatisticsRegistry } from "./statistics-registry.ts";

const never = new AbortController().signal;

function begin() {
  const clock = new VirtualClock();
  const registry = new StatisticsRegistry({ clock });
  return { clock, registry, statistics: registry.of("m", "1") };
}

describe("model statistics", () => {
  it("begin at zero", () => {
    const none = { count: 0, ns: 0 };
    assert.deepEqual(begin().statistics.snapshot(), {
      model: "m",
      version: "1",
      lastInference: 0,
      inferenceCount: 0,
      executionCount: 0,
      success: none,
      fail: none,
      failures: { rejected: 0, cancelled: 0, engine: 0, other: 0 },
      queue: none,
      computeInput: none,
      computeInfer: none,
      computeOutput: none,
      batches: [],
      pending: 0,
      waiting: 0,
    });
  });

  it("count a batch once under its size, and its durations once for each request", () => {
    const { clock, statistics } = begin();
    clock.advance(5);
    const timings = { computeInput: 1, computeInfer: 10, computeOutput: 100 };
    statistics.recordExecution({ rows: 8, answeredRows: 8, queueNs: [1, 2, 3], timings });
    statistics.recordExecution({ rows: 2, answeredRows: 1, queueNs: [4], timings });
    const snapshot = statistics.snapshot();
    assert.equal(snapshot.lastInference, clock.epoch());
    assert.deepEqual([snapshot.inferenceCount, snapshot.executionCount], [9, 2]);
    assert.deepEqual(snapshot.queue, { count: 4, ns: 10 });
    assert.deepEqual(snapshot.computeInfer, { count: 4, ns: 40 });
    const batch = {
      computeInput: { count: 1, ns: 1 },
      computeInfer: { count: 1, ns: 10 },
      computeOutput: { count: 1, ns: 100 },
    };
    assert.deepEqual(snapshot.batches, [
      { batchSize: 2, ...batch },
      { batchSize: 8, ...batch },
    ]);
  });
});

describe("the statistics registry", () => {
  it("holds one of each version, until it is removed", () => {
    const { registry, statistics } = begin();
    registry.of("m", "2");
    registry.of("n", "1");
    assert.equal(registry.of("m", "1"), statistics);
    const names = (model?: string) => registry.snapshots(model).map(({ model, version }) => `${model} ${version}`);
    assert.deepEqual(names(), ["m 1", "m 2", "n 1"]);
    assert.deepEqual(names("m"), ["m 1", "m 2"]);
    registry.remove("m", "1");
    registry.remove("m", "1");
    registry.remove("n", "1");
    registry.remove("q", "1");
    assert.deepEqual(names(), ["m 2"]);
    assert.deepEqual(names("n"), []);
    assert.notEqual(registry.of("m", "1"), statistics);
  });
});

describe("a measured servable", () => {
  it("counts and times what succeeds, and knows what is pending", async () => {
    const { clock, statistics } = begin();
    const gate = Promise.withResolvers<void>();
    const inner = echoServable();
    const slow: Servable = {
      ...inner,
      infer: (request, signal) => gate.promise.then(() => inner.infer(request, signal)),
    };
    const answer = measured(slow, statistics).infer(echoRequest(1), never);
    clock.advance(3);
    assert.equal(statistics.snapshot().pending, 1);
    gate.resolve();
    assert.deepEqual(await answer, echo(echoRequest(1)));
    const { pending, success } = statistics.snapshot();
    assert.deepEqual([pending, success], [0, { count: 1, ns: 3e6 }]);
  });

  it("counts failures by their reason, and passes them on", async () => {
    const { statistics } = begin();
    const errors = [
      new InferenceError("queue-full", { model: "m", version: "1", limit: 1 }),
      new InferenceError("deadline-exceeded", { model: "m", limit: 1 }),
      new InferenceError("cancelled", {}),
      new InferenceError("engine-failed", { model: "m", reason: "" }),
      new InferenceError("malformed", { problem: "" }),
    ];
    for (const error of errors) {
      const failing: Servable = { ...echoServable(), infer: () => Promise.reject(error) };
      await assert.rejects(measured(failing, statistics).infer(echoRequest(1), never), error);
    }
    const throwing: Servable = {
      ...echoServable(),
      infer() {
        throw new TypeError("a bug");
      },
    };
    await assert.rejects(measured(throwing, statistics).infer(echoRequest(1), never), { code: "internal" });
    const { fail, failures, pending } = statistics.snapshot();
    assert.deepEqual([fail.count, pending], [6, 0]);
    assert.deepEqual(failures, { rejected: 2, cancelled: 1, engine: 1, other: 2 });
  });

  it("counts a stream as one request", async () => {
    const { statistics } = begin();
    let fail = false;
    const streaming: Servable = {
      ...echoServable(),
      async *inferStream(request) {
        yield echo(request);
        if (fail) throw new InferenceError("engine-failed", { model: "m", reason: "" });
        yield echo(request);
      },
    };
    const stream = measured(streaming, statistics).inferStream;
    assert.ok(stream);
    assert.equal((await collect(stream(echoRequest(1), never))).length, 2);
    for await (const _ of stream(echoRequest(1), never)) break;
    fail = true;
    await assert.rejects(collect(stream(echoRequest(1), never)), { code: "engine-failed" });
    const { success, failures, pending } = statistics.snapshot();
    assert.deepEqual([success.count, failures.cancelled, failures.engine, pending], [1, 1, 1, 0]);
    assert.equal(measured(echoServable(), statistics).inferStream, undefined);
  });
});
