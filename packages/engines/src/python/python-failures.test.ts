// Workers that misbehave in every way: who is told what, who goes on, and who comes back.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isInferenceError } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import { noPython } from "./testing/fake-python.ts";
import { FakeWorkers, isAlive, request, told, until } from "./testing/fake-workers.ts";

const never = new AbortController().signal;

const failsWith =
  (code: string, status?: number) =>
  (error: unknown): boolean =>
    isInferenceError(error) &&
    error.code === code &&
    (status === undefined || (error.code === "handler-failed" && error.facts.status === status));

/** A worker that died comes back. */
async function answersAgain(runner: BatchRunner): Promise<void> {
  assert.match(await told(runner, "hello"), /hello/);
}

describe("a Python worker", { skip: noPython }, () => {
  let workers: FakeWorkers;
  before(async () => {
    workers = await FakeWorkers.start();
  });
  after(() => workers[Symbol.asyncDispose]());

  it("has the limits that it was given", async () => {
    const limits = { memory: 2 ** 30, processes: null, files: 100, cpuSeconds: 50 };
    await using runner = await workers.open({ options: { limits } });
    const seen = JSON.parse(await told(runner, "limits"));
    assert.deepEqual([seen.RLIMIT_AS, seen.RLIMIT_CORE, seen.RLIMIT_CPU, seen.RLIMIT_NOFILE], [2 ** 30, 1, 50, 100]);
    await assert.rejects(told(runner, `hoard ${2 ** 31}`), failsWith("handler-failed", 507));
    await answersAgain(runner);
  });

  it("fails a batch with the code and the message that it gives, 413 as 507", async () => {
    await using runner = await workers.open();
    await assert.rejects(told(runner, "code 404"), (error) => {
      return (
        failsWith("handler-failed", 404)(error) &&
        (error as { facts: { reason: string } }).facts.reason === "of its own"
      );
    });
    await assert.rejects(told(runner, "code 413"), failsWith("handler-failed", 507));
    await assert.rejects(told(runner, "code 99999"), failsWith("handler-failed", 500));
    await answersAgain(runner);
  });

  it("fails a batch of which it leaves requests unanswered", async () => {
    await using runner = await workers.open();
    await assert.rejects(runner.run([request("fewer"), request("x")], never), failsWith("engine-failed"));
    await answersAgain(runner);
  });

  it("cannot set a header that would begin another", async () => {
    await using runner = await workers.open();
    const [result] = await runner.run([request("header")], never);
    assert.ok(failsWith("handler-failed", 503)(result));
  });

  const losses: readonly (readonly [string, string])[] = [
    ["answers what it was not asked", "stranger"],
    ["sends a length without end", "garbage 000000c87fffffff"],
    ["sends a negative length", "garbage 000000c8fffffff0"],
    ["sends more than an answer may have", `garbage 000000c8${"000f4241"}`],
    ["ends within an answer", "truncated"],
    ["exits", "exit 3"],
    ["closes its connection", "closed"],
  ];
  for (const [what, body] of losses) {
    it(`that ${what} fails what it was running, and is started again`, async () => {
      await using runner = await workers.open();
      await assert.rejects(told(runner, body), failsWith("engine-unavailable"));
      await answersAgain(runner);
    });
  }

  it("that ends tells callers nothing of what it printed", async () => {
    await using runner = await workers.open();
    await assert.rejects(told(runner, "exit 3"), (error) => !String(error).includes("disk"));
  });

  it("that answers twice gives nobody else's answer to the next", async () => {
    await using runner = await workers.open();
    assert.equal(await told(runner, "twice"), "a");
    await until(() => workers.events.some(({ type }) => type === "ended"));
    await answersAgain(runner);
  });

  it("that the kernel ends is taken to have been without memory", async () => {
    await using runner = await workers.open();
    await assert.rejects(told(runner, "kill"), failsWith("handler-failed", 507));
    await answersAgain(runner);
  });

  it("that does not answer in time is ended with all that it forked", async () => {
    await using runner = await workers.open({ definition: { responseTimeout: 500 } });
    const child = Number(await told(runner, "fork"));
    assert.equal(isAlive(child), true);
    await assert.rejects(told(runner, "hang"), failsWith("deadline-exceeded"));
    await until(() => !isAlive(child));
    await answersAgain(runner);
  });

  it("that prints without end is read as far as anybody could", async () => {
    await using runner = await workers.open();
    assert.equal(await told(runner, "flood 20000"), "done");
    await answersAgain(runner);
    const printed = workers.events.filter(({ type }) => type === "output").length;
    assert.ok(printed < 2000, `${printed} lines of 20,000 were passed on`);
  });

  const failures: readonly (readonly [string, string, RegExp])[] = [
    ["raises", "load-failed", /ValueError: this model is broken/],
    ["refuses", "load-failed", /RuntimeError: no such weights/],
    ["garbage", "load-crashed", /2139062143 bytes/],
  ];
  for (const [handler, code, sentence] of failures) {
    it(`that ${handler} when it loads says why`, async () => {
      await assert.rejects(workers.open({ handler }), (error: unknown) => {
        assert.ok(error instanceof Error && "code" in error);
        assert.match(error.message, sentence);
        return error.code === code;
      });
    });
  }

  it("that does not load in time is ended", async () => {
    await assert.rejects(workers.open({ handler: "hangs", definition: { loadTimeout: 300 } }), {
      code: "load-timeout",
    });
  });

  it("that does not load again is given up after the time that its model allows", async () => {
    await using runner = await workers.open({ handler: "once", definition: { retryTimeout: 1 } });
    await assert.rejects(told(runner, "exit 1"), failsWith("engine-unavailable"));
    await until(() => workers.events.some((event) => event.type === "ended" && event.restartIn === null));
    await assert.rejects(told(runner, "x"), failsWith("engine-unavailable"));
  });
});
