// Batches that are sent to a worker before it has answered the one before: what becomes of them when it does not get to them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { InferenceError } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import type { ModelDefinition } from "../model-definition.ts";
import { noPython } from "./testing/fake-python.ts";
import { answers, bodyOf, FakeWorkers, request, told, until } from "./testing/fake-workers.ts";

const never = new AbortController().signal;

describe("a batch that is sent ahead", { skip: noPython }, () => {
  let workers: FakeWorkers;
  before(async () => {
    workers = await FakeWorkers.start();
  });
  after(() => workers[Symbol.asyncDispose]());

  /** Workers that are so quick that the next batch is sent to each. */
  async function quick(definition: Partial<ModelDefinition> = {}): Promise<BatchRunner> {
    const runner = await workers.open({ definition: { maxBatchSize: 1, ...definition } });
    const all = runner.concurrency;
    while (runner.ahead !== all) await Promise.all(Array.from({ length: all }, () => told(runner, "quick")));
    return runner;
  }

  const ask = async (runner: BatchRunner, body: string, id: string): Promise<string> => {
    const [answer] = await answers(runner, [{ ...request(body), id }]);
    return bodyOf(answer);
  };

  /** How often workers began the request: each tells at its beginning. Lines come on another pipe than answers. */
  const begun = async (id: string): Promise<number> => {
    const of = (): number => workers.events.filter((e) => e.type === "metric" && e.requestId === id).length;
    await until(() => of() > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return of();
  };

  it("waits for the restart where the only worker dies before it, and runs once", async () => {
    await using runner = await quick();
    const first = ask(runner, "sleep-and-die 0.1", "first");
    const second = ask(runner, "sleep 0", "second");
    await assert.rejects(first, (error) => error instanceof InferenceError && error.code === "handler-failed");
    assert.equal(await second, "slept");
    assert.equal(await begun("second"), 1);
  });

  it("goes to another worker where its own dies before it", async () => {
    await using runner = await quick({ instances: 2 });
    const dying = ["first", "second"].map((id) => ask(runner, "sleep-and-die 0.1", id));
    const ahead = ["third", "fourth"].map((id) => ask(runner, "sleep 0", id));
    assert.equal((await Promise.allSettled(dying)).filter(({ status }) => status === "rejected").length, 2);
    assert.deepEqual(await Promise.all(ahead), ["slept", "slept"]);
    assert.deepEqual([await begun("third"), await begun("fourth")], [1, 1]);
  });

  it("runs once where the one before it takes too long, and is ended with its worker", async () => {
    await using runner = await quick({ responseTimeout: 300 });
    const first = ask(runner, "hang", "first");
    const second = ask(runner, "sleep 0", "second");
    await assert.rejects(first, (error) => error instanceof InferenceError && error.code === "deadline-exceeded");
    assert.equal(await second, "slept");
    assert.equal(await begun("second"), 1);
  });

  it("has the whole response time-out, from the answer before it", async () => {
    await using runner = await quick({ responseTimeout: 1000 });
    const both = [ask(runner, "sleep 0.6", "first"), ask(runner, "sleep 0.6", "second")];
    assert.deepEqual(await Promise.all(both), ["slept", "slept"]);
    const late = [ask(runner, "sleep 0.1", "third"), ask(runner, "hang", "fourth")];
    const [third, fourth] = await Promise.allSettled(late);
    assert.equal(third?.status, "fulfilled");
    assert.ok(fourth?.status === "rejected" && fourth.reason.code === "deadline-exceeded");
  });

  it("fails with its worker where that had begun it", async () => {
    await using runner = await quick();
    const first = ask(runner, "sleep 0.1", "first");
    const second = ask(runner, "sleep-and-die 0", "second");
    assert.equal(await first, "slept");
    await assert.rejects(second, (error) => error instanceof InferenceError && error.code === "handler-failed");
    assert.equal(await begun("second"), 1);
  });

  it("fails where nobody can know whether it was begun", async () => {
    await using runner = await quick();
    const first = ask(runner, "garbage 7f7f7f7f7f7f7f7f", "first");
    const second = ask(runner, "sleep 0", "second");
    for (const failed of [first, second])
      await assert.rejects(failed, (error) => error instanceof InferenceError && error.code === "engine-unavailable");
  });

  it("is refused where the runner is closed before the worker gets to it", async () => {
    const runner = await quick();
    const first = ask(runner, "sleep-and-die 0.1", "first");
    const second = ask(runner, "sleep 0", "second");
    const settled = Promise.allSettled([first, second]);
    await runner[Symbol.asyncDispose]();
    for (const { status } of await settled) assert.equal(status, "rejected");
  });

  it("is not sent to workers that take their time, or where it would wait in the wrong place", async () => {
    await using slow = await workers.open({ definition: { maxBatchSize: 1 } });
    for (let i = 0; i < 3; i++) await slow.run([request("sleep 0.01")], never);
    assert.equal(slow.ahead, 0);
    const others: Partial<ModelDefinition>[] = [
      { maxBatchSize: 2 },
      { useJobTicket: true },
      { asyncCommunication: true },
      { scheduling: { kind: "continuous" } },
    ];
    for (const definition of others) {
      await using runner = await workers.open({ definition: { maxBatchSize: 1, ...definition } });
      for (let i = 0; i < 30; i++) await told(runner, "quick");
      assert.equal(runner.ahead, 0);
    }
  });
});
