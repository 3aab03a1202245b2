// Continuous batching: who joins a batch that goes on, who leaves it, and what the model is sent.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "@sealserve/conformance/suites/collect";
import {
  engineFailure,
  HandDrivenRunner,
  textAnswer,
  textOfAnswer,
  textRequest,
} from "@sealserve/conformance/suites/hand-driven-runner";
import { SteppingRunner } from "@sealserve/conformance/suites/stepping-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import fc from "fast-check";
import type { BatchRunner } from "./batch-runner.ts";
import { type ContinuousOptions, continuous } from "./continuous.ts";

const never = new AbortController().signal;
const more = { ts_stream_next: "true" };

function driven<R extends BatchRunner>(runner: R, options: Partial<ContinuousOptions> = {}) {
  const clock = new VirtualClock();
  let ids = 0;
  const parts = { runner, clock, newId: () => `id-${ids++}` };
  const servable = continuous({ maxQueueDelay: 0, maxQueueSize: 100, ...options }, parts);
  const stream = (request: InferenceRequest, signal = never): AsyncGenerator<InferenceResponse> =>
    servable.inferStream?.(request, signal) as AsyncGenerator<InferenceResponse>;
  return { runner, clock, servable, stream };
}

const fields = (maxBatchSize: number, concurrency = 1) =>
  new HandDrivenRunner({ kind: "fields", maxBatchSize, concurrency });

describe("continuous batching", () => {
  it("takes new requests in between steps, and sends known ones without their inputs", async () => {
    const { runner, stream } = driven(fields(2));
    const a = stream(textRequest("a", { mark: "kept" }));
    const first = a.next();
    const b = collect(stream(textRequest("b")));
    runner.running[0]?.answer([textAnswer("a0", more)]);
    assert.equal(textOfAnswer((await first).value), "a0");
    const [again, fresh] = runner.running[0]?.requests ?? [];
    assert.deepEqual(again?.inputs, []);
    assert.equal(again?.parameters?.["http.header.mark"], "kept");
    assert.equal(again?.id, "id-0");
    assert.equal(fresh?.inputs.length, 1);
    assert.equal(runner.running[0]?.lane, 0);
    const rest = collect(a);
    runner.running[0]?.answer([textAnswer("a1"), textAnswer("b0")]);
    assert.deepEqual((await rest).map(textOfAnswer), ["a1"]);
    const answers = await b;
    assert.deepEqual(answers.map(textOfAnswer), ["b0"]);
    assert.equal(answers[0]?.id, undefined);
    assert.equal(runner.running.length, 0);
  });

  it("leaves out whoever has left, and frees the place", async () => {
    const { runner, stream } = driven(fields(1));
    const a = stream(textRequest("a"));
    const first = a.next();
    const b = stream(textRequest("b")).next();
    runner.running[0]?.answer([textAnswer("a0", more)]);
    await first;
    await a.return(undefined);
    assert.ok(runner.running[0]?.signal.aborted);
    runner.running[0]?.answer([textAnswer("a1", more)]);
    while (runner.running.length === 0) await Promise.resolve();
    assert.equal(runner.running[0]?.requests[0]?.inputs.length, 1);
    runner.running[0]?.answer([textAnswer("b0")]);
    assert.equal(textOfAnswer((await b).value), "b0");
  });

  it("fails all that are in a step that fails, and goes on with the next", async () => {
    const { runner, stream } = driven(fields(2));
    const [a, b] = [collect(stream(textRequest("a"))), collect(stream(textRequest("b")))];
    runner.running[0]?.answer([textAnswer("a0", more)]);
    while (runner.running.length === 0) await Promise.resolve();
    runner.running[0]?.fail(engineFailure());
    await assert.rejects(a, { code: "engine-failed" });
    await assert.rejects(b, { code: "engine-failed" });
    const c = collect(stream(textRequest("c")));
    runner.running[0]?.answer([textAnswer("c0")]);
    assert.deepEqual((await c).map(textOfAnswer), ["c0"]);
  });

  it("waits for others only while it works on nothing", async () => {
    const { runner, clock, servable } = driven(fields(4), { maxQueueDelay: 50 });
    const a = servable.infer(textRequest("a"), never);
    assert.equal(runner.running.length, 0);
    clock.advance(50);
    assert.equal(runner.running.length, 1);
    runner.running[0]?.answer([textAnswer("a0", more)]);
    while (runner.running.length === 0) await Promise.resolve();
    const b = servable.infer(textRequest("b"), never);
    runner.running[0]?.answer([textAnswer("a1", more)]);
    while (runner.running.length === 0) await Promise.resolve();
    assert.equal(runner.running[0]?.requests.length, 2);
    runner.running[0]?.answer([textAnswer("a2"), textAnswer("b0")]);
    assert.equal(textOfAnswer(await a), "a0a1a2");
    assert.equal(textOfAnswer(await b), "b0");
  });

  it("refuses what its queue does not hold, and everybody without an instance or once it is disposed", async () => {
    const { runner, servable } = driven(fields(1), { maxQueueSize: 1 });
    const a = servable.infer(textRequest("a"), never);
    const b = servable.infer(textRequest("b"), never);
    await assert.rejects(servable.infer(textRequest("c"), never), { code: "queue-full" });
    const gone = assert.rejects(b, { code: "no-instance" });
    await servable.resize(0, never);
    await gone;
    await assert.rejects(servable.infer(textRequest("d"), never), { code: "no-instance" });
    const disposed = servable[Symbol.asyncDispose]();
    await assert.rejects(servable.infer(textRequest("e"), never), { code: "shutting-down" });
    runner.running[0]?.answer([textAnswer("a0")]);
    assert.equal(textOfAnswer(await a), "a0");
    await disposed;
  });

  it("gives every reader all of its answers and nobody else's, over any number of instances", async () => {
    const reader = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      leavesAfter: fc.option(fc.integer({ min: 1, max: 4 })),
      id: fc.constantFrom(undefined, "same"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(reader, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (readers, concurrency, maxBatchSize) => {
          const { runner, servable, stream } = driven(new SteppingRunner({ concurrency, maxBatchSize }));
          const read = readers.map(async ({ count, leavesAfter, id }, i) => {
            const request = { ...textRequest(`${i}:${count}`), ...(id !== undefined && { id }) };
            const texts: string[] = [];
            for await (const answer of stream(request)) {
              texts.push(textOfAnswer(answer));
              assert.equal(answer.id, id);
              if (texts.length === leavesAfter) break;
            }
            return texts;
          });
          const expected = readers.map(({ count, leavesAfter }, i) =>
            Array.from({ length: Math.min(count, leavesAfter ?? count) }, (_, step) => `${i}.${step}`),
          );
          assert.deepEqual(await Promise.all(read), expected);
          await servable[Symbol.asyncDispose]();
          const lanes = new Map(runner.steps.map((step) => [/:(\d+)/.exec(step)?.[1], step[0]]));
          for (const step of runner.steps) assert.equal(lanes.get(/:(\d+)/.exec(step)?.[1]), step[0]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
