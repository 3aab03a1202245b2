// A batcher on a runner that streams: who gets which answers, who may leave, how much is held.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { handDrivenBatcher } from "@sealserve/conformance/suites/hand-driven-batcher";
import { engineFailure, textAnswer, textOfAnswer, textRequest } from "@sealserve/conformance/suites/hand-driven-runner";
import { InferenceError, parametersToHeaders } from "@sealserve/inference";
import fc from "fast-check";
import type { BatchedOptions } from "./batched.ts";

const driven = (options: Partial<BatchedOptions> = {}) => handDrivenBatcher(options, { kind: "fields" });

/** The text of the next answer; null: there is none. */
async function nextText(stream: ReturnType<ReturnType<typeof driven>["stream"]>): Promise<string | null> {
  const { value, done } = await stream.next();
  return done ? null : textOfAnswer(value);
}

describe("the batcher, with a runner that streams,", () => {
  it("gives every answer as it comes, and the last at the end", async () => {
    const { runner, stream, executions } = driven();
    const answers = stream(textRequest("x"));
    const first = nextText(answers);
    runner.running[0]?.part(0, textAnswer("a"));
    assert.equal(await first, "a");
    runner.running[0]?.part(0, textAnswer("b"));
    runner.running[0]?.part(0, textAnswer("c"));
    assert.equal(await nextText(answers), "b");
    assert.equal(await nextText(answers), "c");
    const last = nextText(answers);
    runner.running[0]?.answer([textAnswer("d")]);
    assert.equal(await last, "d");
    assert.equal(await nextText(answers), null);
    assert.equal(executions.length, 1);
  });

  it("gives who asks for one answer the bytes of all, and the parameters of the first", async () => {
    const { runner, send } = driven();
    const answer = send(textRequest("x"));
    runner.running[0]?.part(0, textAnswer("a", { ts_stream_next: "true", mark: "first" }));
    runner.running[0]?.part(0, textAnswer("b", { mark: "second" }));
    runner.running[0]?.answer([textAnswer("c", { mark: "last" })]);
    assert.equal(textOfAnswer(await answer), "abc");
    assert.equal(parametersToHeaders((await answer).parameters)["mark"], "first");
  });

  it("begins with a request only when its reader does", async () => {
    const { runner, stream } = driven();
    const answers = stream(textRequest("x"));
    assert.equal(runner.running.length, 0);
    const first = nextText(answers);
    runner.running[0]?.answer([textAnswer("a")]);
    assert.equal(await first, "a");
  });

  it("ends what nobody reads any more, and nothing else", async () => {
    const { runner, send, stream } = driven();
    const busy = send(textRequest("busy"));
    const [one, two] = [stream(textRequest("1")), stream(textRequest("2"))];
    const firsts = Promise.all([nextText(one), nextText(two)]);
    runner.running[0]?.answer([textAnswer("")]);
    await busy;
    const batch = runner.running[0];
    assert.equal(batch?.requests.length, 2);
    batch?.part(0, textAnswer("a"));
    batch?.part(1, textAnswer("b"));
    assert.deepEqual(await firsts, ["a", "b"]);
    await one.return?.();
    assert.equal(batch?.signal.aborted, false);
    batch?.part(1, textAnswer("c"));
    assert.equal(await nextText(two), "c");
    const gone = assert.rejects(two.next(), { code: "cancelled" });
    void two.return?.();
    assert.equal(batch?.signal.aborted, false);
    batch?.fail(new InferenceError("cancelled", {}));
    await gone;
  });

  it("stops a stream whose caller leaves or whose time is up, after what had come", async () => {
    const { runner, stream, clock } = driven();
    const leaving = new AbortController();
    const one = stream(textRequest("1"), leaving.signal);
    const first = nextText(one);
    runner.running[0]?.part(0, textAnswer("a"));
    runner.running[0]?.part(0, textAnswer("b"));
    assert.equal(await first, "a");
    leaving.abort();
    assert.ok(runner.running[0]?.signal.aborted);
    assert.equal(await nextText(one), "b");
    await assert.rejects(one.next(), { code: "cancelled" });
    runner.running[0]?.fail(new InferenceError("cancelled", {}));
    await turn();
    const two = stream({ ...textRequest("2"), timeout: 50 });
    const late = assert.rejects(two.next(), { code: "deadline-exceeded" });
    clock.advance(50);
    await late;
  });

  it("tells a failure after the answers that came before it", async () => {
    const { runner, stream } = driven();
    const answers = stream(textRequest("x"));
    const first = nextText(answers);
    runner.running[0]?.part(0, textAnswer("a"));
    runner.running[0]?.fail(engineFailure());
    assert.equal(await first, "a");
    await assert.rejects(answers.next(), { code: "engine-failed" });
  });

  it("holds so much for a reader that is slow, and no more; the others go on", async () => {
    const { runner, send, stream } = driven({ maxHeld: 100 });
    const busy = send(textRequest("busy"));
    const [slow, quick] = [stream(textRequest("slow")), stream(textRequest("quick"))];
    const firsts = Promise.all([nextText(slow), nextText(quick)]);
    const whole = assert.rejects(send(textRequest("whole")), { code: "too-large" });
    runner.running[0]?.answer([textAnswer("")]);
    await busy;
    const batch = runner.running[0];
    const give = (text: string): void => {
      for (const i of [0, 1, 2]) batch?.part(i, textAnswer(text));
    };
    give("a".repeat(40));
    await firsts;
    for (const text of ["b", "c", "d"]) {
      give(text.repeat(40));
      assert.equal(await nextText(quick), text.repeat(40));
    }
    await whole;
    const held = [await nextText(slow), await nextText(slow), await nextText(slow)];
    assert.deepEqual(
      held.map((text) => text?.at(0)),
      ["b", "c", "d"],
    );
    await assert.rejects(slow.next(), { code: "too-large" });
    batch?.answer([textAnswer("end"), textAnswer("end"), textAnswer("end")]);
    assert.equal(await nextText(quick), "end");
  });

  it("gives every reader its own answers in their order, whoever leaves", async () => {
    const reader = fc.record({ parts: fc.nat(4), leavesAfter: fc.option(fc.nat(3)) });
    await fc.assert(
      fc.asyncProperty(fc.array(reader, { minLength: 1, maxLength: 8 }), async (readers) => {
        const { runner, send, stream } = driven();
        const busy = send(textRequest("busy"));
        const read = readers.map(async ({ leavesAfter }, i) => {
          const answers = stream(textRequest(`${i}`));
          const texts: string[] = [];
          for (let next = await nextText(answers); next !== null; next = await nextText(answers)) {
            texts.push(next);
            if (leavesAfter !== null && texts.length > leavesAfter) await answers.return?.();
          }
          return texts;
        });
        runner.running[0]?.answer([textAnswer("")]);
        await busy;
        const batch = runner.running[0];
        assert.equal(batch?.requests.length, readers.length);
        for (let part = 0; part < 4; part++) {
          for (const [i, { parts }] of readers.entries()) if (part < parts) batch?.part(i, textAnswer(`${i}.${part}`));
          if (part % 2) await turn();
        }
        batch?.answer(readers.map((_, i) => textAnswer(`${i}.end`)));
        const expected = readers.map(({ parts, leavesAfter }, i) => {
          const all = [...Array.from({ length: parts }, (_, part) => `${i}.${part}`), `${i}.end`];
          return leavesAfter === null ? all : all.slice(0, leavesAfter + 1);
        });
        assert.deepEqual(await Promise.all(read), expected);
        assert.equal(runner.running.length, 0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the batcher, when its runner is resized,", () => {
  const never = new AbortController().signal;

  it("refuses everybody while there is no instance, also those who waited", async () => {
    const { runner, servable, send } = driven();
    const running = send(textRequest("running"));
    const waiting = assert.rejects(send(textRequest("waiting")), { code: "no-instance" });
    await servable.resize(0, never);
    await waiting;
    await assert.rejects(send(textRequest("late")), { code: "no-instance" });
    runner.running[0]?.answer([textAnswer("a")]);
    assert.equal(textOfAnswer(await running), "a");
    await servable.resize(1, never);
    const again = send(textRequest("again"));
    runner.running[0]?.answer([textAnswer("b")]);
    assert.equal(textOfAnswer(await again), "b");
  });

  it("starts who waits for more instances", async () => {
    const { runner, servable, send } = driven();
    void send(textRequest("1"));
    void send(textRequest("2"));
    assert.equal(runner.running.length, 1);
    await servable.resize(2, never);
    assert.equal(runner.running.length, 2);
  });
});

describe("the batcher, with job tickets,", () => {
  it("lets in as many requests as instances are idle", async () => {
    const { runner, send } = handDrivenBatcher({ useJobTicket: true }, { kind: "fields", concurrency: 2 });
    const ticket = (value: string) => send(textRequest(value));
    void ticket("1");
    const second = ticket("2");
    await assert.rejects(ticket("3"), { code: "queue-full" });
    runner.running[1]?.answer([textAnswer("b")]);
    await second;
    void ticket("4");
    assert.equal(runner.running.length, 2);
  });
});
