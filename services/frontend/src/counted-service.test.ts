// Under which version requests through a frontend are counted, and as what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { InferenceError, type InferenceRequest, type InferenceService } from "@sealserve/inference";
import { StatisticsRegistry } from "@sealserve/serving";
import { countedService } from "./counted-service.ts";
import type { FoundVersion } from "./served-models.ts";

const never = new AbortController().signal;
const versions: Readonly<Record<string, FoundVersion>> = {
  "m null": { version: "1", batched: true },
  "m 1": { version: "1", batched: true },
  "m 2": { version: "2", batched: true },
  "flat null": { version: "1", batched: false },
};

/** Every request takes 2 ms. `by`: the version that answers; an error: what it fails with. */
function counted(by: string | Error) {
  const clock = new VirtualClock();
  const statistics = new StatisticsRegistry({ clock });
  const service: Pick<InferenceService, "infer" | "inferStream"> = {
    async infer({ model: { name } }) {
      clock.advance(2);
      if (by instanceof Error) throw by;
      return { model: { name, version: by }, outputs: [] };
    },
    async *inferStream(request, signal) {
      for (;;) yield await service.infer(request, signal);
    },
  };
  const find = (model: string, version: string | null) => versions[`${model} ${version}`] ?? null;
  return { statistics, service: countedService(service as InferenceService, { statistics, find }) };
}

const request = (name: string, version?: string): InferenceRequest => ({
  model: version === undefined ? { name } : { name, version },
  inputs: [{ name: "x", datatype: "UINT8", shape: [3, 4], bytes: new Uint8Array(12) }],
});

test("a request that names no version counts under the one that answered, with its rows and its time", async () => {
  const { statistics, service } = counted("1");
  await service.infer(request("m"), never);
  const [one, ...others] = statistics.snapshots();
  assert.deepEqual(others, []);
  assert.deepEqual([one?.version, one?.success, one?.inferenceCount], ["1", { count: 1, ns: 2_000_000 }, 3]);
  assert.deepEqual([one?.pending, one?.executionCount], [0, 0]);
});

test("where another version answers than was expected, it counts", async () => {
  const { statistics, service } = counted("2");
  await service.infer(request("m"), never);
  const seen = statistics.snapshots().map(({ version, success, pending }) => [version, success.count, pending]);
  assert.deepEqual(seen, [
    ["1", 0, 0],
    ["2", 1, 0],
  ]);
});

test("a stream counts once: as a failure of its own kind, or as left by its reader", async () => {
  for (const [by, reason] of [
    [new InferenceError("queue-full", { model: "m", version: "1", limit: 1 }), "rejected"],
    ["1", "cancelled"],
  ] as const) {
    const { statistics, service } = counted(by);
    const answers = service.inferStream(request("m"), never)[Symbol.asyncIterator]();
    if (typeof by === "string") {
      for (let i = 0; i < 3; i++) await answers.next();
      await answers.return?.();
    } else await assert.rejects(answers.next(), { code: by.code });
    const [one] = statistics.snapshots();
    assert.deepEqual([one?.failures[reason], one?.success.count, one?.pending], [1, 0, 0]);
  }
});

test("a version that nobody reports makes no metrics, whoever says that it answered", async () => {
  const { statistics, service } = counted("77");
  await service.infer(request("m"), never);
  assert.deepEqual(
    statistics.snapshots().map(({ version }) => version),
    ["1"],
  );
});

test("without a batch dimension, a request is one", async () => {
  const { statistics, service } = counted("1");
  await service.infer(request("flat"), never);
  assert.equal(statistics.snapshots()[0]?.inferenceCount, 1);
});

test("a request that fails counts by its reason, and passes its error on", async () => {
  const error = new InferenceError("queue-full", { model: "m", version: "2", limit: 1 });
  const { statistics, service } = counted(error);
  await assert.rejects(service.infer(request("m", "2"), never), error);
  const [two] = statistics.snapshots();
  assert.deepEqual([two?.version, two?.failures.rejected, two?.pending], ["2", 1, 0]);
});

test("requests for what there is not count nowhere", async () => {
  const { statistics, service } = counted("1");
  await service.infer(request("other"), never);
  await service.infer(request("m", "3"), never);
  assert.deepEqual(statistics.snapshots(), []);
});
