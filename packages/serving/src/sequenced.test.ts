// Sequence batching: which instance a sequence stays with, in which order, and when it is over.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  engineFailure,
  HandDrivenRunner,
  textAnswer,
  textOfAnswer,
  textRequest,
} from "@sealserve/conformance/suites/hand-driven-runner";
import { SteppingRunner } from "@sealserve/conformance/suites/stepping-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { InferenceError, type InferenceRequest, parametersToHeaders } from "@sealserve/inference";
import fc from "fast-check";
import type { BatchRunner } from "./batch-runner.ts";
import { type SequencedOptions, sequenced } from "./sequenced.ts";
import type { SequencesOptions } from "./sequences.ts";

const never = new AbortController().signal;
const id = "ts_request_sequence_id";
const end = { ts_request_sequence_end: "true" };

const sequences: SequencesOptions = { maxSequences: 4, maxQueueSize: 1, idleTimeout: 1000, timeout: 0 };

function driven<R extends BatchRunner>(
  runner: R,
  changes: Partial<SequencesOptions> = {},
  options: Partial<SequencedOptions> = {},
) {
  const clock = new VirtualClock();
  let ids = 0;
  const parts = { runner, clock, newId: () => `${ids++}` };
  const all = { maxQueueDelay: 0, continuous: false, sequences: { ...sequences, ...changes }, ...options };
  const servable = sequenced(all, parts);
  const send = (request: InferenceRequest, signal = never) => {
    const answer = servable.infer(request, signal);
    answer.catch(() => {});
    return answer;
  };
  const sendTo = (sequence: string, text: string, headers = {}) =>
    send(textRequest(text, { [id]: sequence, ...headers }));
  return { runner, clock, servable, send, sendTo };
}

const fields = (concurrency: number, maxBatchSize = 4) =>
  new HandDrivenRunner({ kind: "fields", maxBatchSize, concurrency });

const textsOf = (runner: HandDrivenRunner) =>
  runner.running.map(
    ({ lane, requests }) =>
      `${lane}: ${requests.map((r) => textOfAnswer({ ...textAnswer(""), outputs: r.inputs })).join(" ")}`,
  );

async function answerAll(runner: HandDrivenRunner): Promise<void> {
  while (runner.running.length > 0) {
    for (const batch of [...runner.running]) batch.answer(batch.requests.map(() => textAnswer("ok")));
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}

describe("sequence batching", () => {
  it("spreads sequences over the instances, and keeps each where it is, one request at a time", async () => {
    const { runner, sendTo } = driven(fields(2), { maxQueueSize: 2 });
    void sendTo("a", "a0");
    void sendTo("b", "b0");
    void sendTo("a", "a1");
    void sendTo("c", "c0");
    assert.deepEqual(textsOf(runner), ["0: a0", "1: b0"]);
    runner.running[0]?.answer([textAnswer("ok")]);
    while (runner.running.length < 2) await Promise.resolve();
    assert.deepEqual(textsOf(runner), ["1: b0", "0: a1 c0"]);
    await answerAll(runner);
  });

  it("begins a sequence for a request that names none, and tells its name", async () => {
    const { runner, send } = driven(fields(1));
    const answer = send(textRequest("x"));
    const headers = parametersToHeaders(runner.running[0]?.requests[0]?.parameters);
    assert.deepEqual(headers, { [id]: "ts-seq-0", ts_request_sequence_start: "true" });
    runner.running[0]?.answer([textAnswer("y")]);
    assert.equal(parametersToHeaders((await answer).parameters)[id], "ts-seq-0");
  });

  it("refuses more sequences than there may be, until one is over", async () => {
    const { runner, clock, sendTo } = driven(fields(1), { maxSequences: 1, idleTimeout: 100 });
    const a = sendTo("a", "a0");
    await assert.rejects(sendTo("b", "b0"), { code: "queue-full" });
    runner.running[0]?.answer([textAnswer("ok")]);
    await a;
    clock.advance(99);
    await assert.rejects(sendTo("b", "b1"), { code: "queue-full" });
    clock.advance(1);
    const b = sendTo("b", "b2");
    await answerAll(runner);
    await b;
  });

  it("holds so many requests of a sequence as it may, and no more", async () => {
    const { runner, sendTo } = driven(fields(1));
    const a0 = sendTo("a", "a0");
    const a1 = sendTo("a", "a1");
    await assert.rejects(sendTo("a", "a2"), { code: "queue-full" });
    await answerAll(runner);
    await Promise.all([a0, a1]);
  });

  it("ends with the request that says so: later ones are refused until then, and begin anew afterwards", async () => {
    const { runner, sendTo } = driven(fields(1), { maxSequences: 1 });
    const last = sendTo("a", "a0", end);
    await assert.rejects(sendTo("a", "a1"), { code: "queue-full" });
    runner.running[0]?.answer([textAnswer("ok")]);
    await last;
    const b = sendTo("b", "b0");
    runner.running[0]?.answer([textAnswer("ok", end)]);
    await b;
    const c = sendTo("c", "c0");
    runner.running[0]?.fail(engineFailure());
    await assert.rejects(c, { code: "engine-failed" });
    const again = sendTo("c", "c1");
    await answerAll(runner);
    await again;
  });

  it("goes on where the request that was to be the last leaves before its turn", async () => {
    const { runner, sendTo, send } = driven(fields(1));
    const a0 = sendTo("a", "a0");
    const leaving = new AbortController();
    const gone = assert.rejects(send(textRequest("a1", { [id]: "a", ...end }), leaving.signal), { code: "cancelled" });
    leaving.abort();
    await gone;
    const a2 = sendTo("a", "a2");
    await answerAll(runner);
    await Promise.all([a0, a2]);
  });

  it("is over when its whole time is up, once nothing of it runs", async () => {
    const { runner, clock, sendTo } = driven(fields(1), { timeout: 100, maxSequences: 1 });
    const a0 = sendTo("a", "a0");
    clock.advance(100);
    await assert.rejects(sendTo("a", "a1"), { code: "queue-full" });
    runner.running[0]?.answer([textAnswer("ok")]);
    await a0;
    const b = sendTo("b", "b0");
    await answerAll(runner);
    await b;
  });

  it("refuses what waited for an instance that goes", async () => {
    const { runner, servable, sendTo } = driven(fields(2));
    const [a0, b0] = [sendTo("a", "a0"), sendTo("b", "b0")];
    const b1 = assert.rejects(sendTo("b", "b1"), { code: "no-instance" });
    await servable.resize(1, never);
    await b1;
    runner.running[1]?.fail(new InferenceError("engine-unavailable", { model: "echo", reason: "gone" }));
    await assert.rejects(b0, { code: "engine-unavailable" });
    const b2 = sendTo("b", "b2");
    await answerAll(runner);
    await Promise.all([a0, b2]);
  });

  it("keeps the order of every sequence and its instance, also where the model goes on by steps", async () => {
    const request = fc.record({ sequence: fc.nat(4), count: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        async (requests, concurrency, continuous) => {
          const options = { maxSequences: 10, maxQueueSize: 30 };
          const runner = new SteppingRunner({ concurrency, maxBatchSize: 3 });
          const { servable, send } = driven(runner, options, { continuous });
          const answers = requests.map(({ sequence, count }, i) =>
            send({
              ...textRequest(`${sequence}-${i}:${continuous ? count : 1}`, { [id]: `${sequence}` }),
              id: `r${i}`,
            }),
          );
          for (const [i, answer] of (await Promise.all(answers)).entries()) {
            const { sequence = 0, count = 1 } = requests[i] ?? {};
            const steps = Array.from({ length: continuous ? count : 1 }, (_, step) => `${sequence}-${i}.${step}`);
            assert.equal(textOfAnswer(answer), steps.join(""));
          }
          await servable[Symbol.asyncDispose]();
          for (const sequence of new Set(requests.map((r) => r.sequence))) {
            const own = runner.steps.filter((step) => step.includes(`:${sequence}-`));
            assert.equal(new Set(own.map((step) => step[0])).size, 1, "one lane");
            const order = own.map((step) => Number(/-(\d+)/.exec(step)?.[1]));
            assert.deepEqual(
              order,
              order.toSorted((a, b) => a - b),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
