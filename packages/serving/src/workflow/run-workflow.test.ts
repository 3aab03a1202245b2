// Nodes run in their order, side by side where they can, again where they fail, and not on where nobody waits.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeByteStrings, encodeByteStrings, InferenceError, type InferenceRequest } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import type { Timer } from "../clock.ts";
import { runWorkflow } from "./run-workflow.ts";
import type { RunnableNode } from "./runnable-node.ts";

type Answer = (fields: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<string> | string;

const node = (name: string, children: string[] = [], settings: Partial<RunnableNode> = {}): RunnableNode => ({
  ...{ name, children, model: `w__${name}`, retryAttempts: 0, timeout: 1000 },
  ...settings,
});

const tensor = (name: string, text: string) =>
  ({ name, datatype: "BYTES", shape: [1], bytes: encodeByteStrings([utf8(text)]) }) as const;

const textIn = (name: string, bytes: Bytes): string => textOf(decodeByteStrings(name, bytes)[0] ?? new Uint8Array());

/** Timers that fire when the test says so. */
class Timers {
  readonly #due = new Set<() => void>();

  setTimer(_: number, callback: () => void): Timer {
    this.#due.add(callback);
    return { cancel: () => this.#due.delete(callback) };
  }

  get count(): number {
    return this.#due.size;
  }

  fire(): void {
    for (const callback of [...this.#due]) callback();
  }
}

interface Run {
  readonly nodes: readonly RunnableNode[];
  readonly models: Readonly<Record<string, Answer>>;
  readonly signal?: AbortSignal;
  readonly clock?: Timers;
}

async function run({ nodes, models, signal = new AbortController().signal, clock = new Timers() }: Run) {
  const asked: InferenceRequest[] = [];
  const service = {
    async infer(request: InferenceRequest, given: AbortSignal) {
      asked.push(request);
      const { name } = request.model;
      const fields = Object.fromEntries(request.inputs.map((input) => [input.name, textIn(input.name, input.bytes)]));
      const answer = models[name.slice("w__".length)];
      if (!answer) throw new InferenceError("model-not-found", { model: name });
      return { model: { name, version: "1" }, outputs: [tensor("prediction", await answer(fields, given))] };
    },
  };
  const bytesOf = ({ outputs: [output] }: { outputs: readonly { name: string; bytes: Bytes }[] }) =>
    decodeByteStrings("prediction", output?.bytes ?? new Uint8Array())[0] ?? new Uint8Array();
  const request = { id: "7", parameters: { "http.header.a": "b" }, inputs: [tensor("text", "in")] };
  const answers = await runWorkflow(nodes, request, { service, clock, bytesOf }, signal);
  return { asked, answers: Object.fromEntries([...answers].map(([name, bytes]) => [name, textOf(bytes)])) };
}

const shown: Answer = (fields) => JSON.stringify(fields);
const untilAborted = (signal: AbortSignal): Promise<string> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(new InferenceError("cancelled", {})), { once: true }),
  );

describe("a workflow", () => {
  it("gives its root the request, an only child the answer as 'body', and several leaves by name", async () => {
    const nodes = [node("a", ["b", "c"]), node("b"), node("c")];
    const { answers, asked } = await run({ nodes, models: { a: shown, b: shown, c: ({ body }) => `c${body}` } });
    assert.deepEqual(answers, { b: '{"body":"{\\"text\\":\\"in\\"}"}', c: 'c{"text":"in"}' });
    assert.deepEqual(asked[0]?.parameters, { "http.header.a": "b" });
    assert.ok(asked.every(({ id }) => id === "7"));
  });

  it("gives a node with several parents a field for each, whichever answers first", async () => {
    const nodes = [node("a", ["slow", "quick"]), node("slow", ["end"]), node("quick", ["end"]), node("end")];
    const begun: string[] = [];
    const both = Promise.withResolvers<string>();
    const meet = (name: string) => async () => {
      begun.push(name);
      // Each ends only once the other one has begun.
      if (begun.length === 2) both.resolve("");
      await both.promise;
      return name;
    };
    const { answers, asked } = await run({
      nodes,
      models: { a: () => "x", slow: meet("slow"), quick: meet("quick"), end: shown },
    });
    assert.deepEqual(answers, { end: '{"slow":"slow","quick":"quick"}' });
    assert.equal(asked.length, 4);
  });

  it("asks a node again as often as it says, and tells which one failed", async () => {
    let asked = 0;
    const flaky: Answer = () => {
      asked++;
      if (asked < 3) throw new InferenceError("engine-failed", { model: "w__b", reason: "no" });
      return "there";
    };
    const nodes = [node("a", ["b"]), node("b", [], { retryAttempts: 2 })];
    assert.deepEqual((await run({ nodes, models: { a: shown, b: flaky } })).answers, { b: "there" });
    asked = 0;
    const fewer = [node("a", ["b"]), node("b", [], { retryAttempts: 1 })];
    await assert.rejects(run({ nodes: fewer, models: { a: shown, b: flaky } }), {
      code: "node-failed",
      facts: { node: "b", attempts: 2, reason: "the engine of model 'w__b' failed: no" },
    });
  });

  it("does not ask again for what is not there", async () => {
    const nodes = [node("a", [], { retryAttempts: 5 })];
    await assert.rejects(run({ nodes, models: {} }), (error: { facts: object }) => {
      assert.partialDeepStrictEqual(error.facts, { node: "a", attempts: 1 });
      return true;
    });
  });

  it("gives a node up after its time, each attempt anew, and leaves no timer", async () => {
    const clock = new Timers();
    let asked = 0;
    const late: Answer = async (_, signal) => {
      asked++;
      const ended = untilAborted(signal);
      clock.fire();
      return ended;
    };
    const nodes = [node("a", [], { retryAttempts: 1, timeout: 5 })];
    await assert.rejects(run({ nodes, models: { a: late }, clock }), (error: { cause?: { code: string } }) => {
      assert.equal(error.cause?.code, "deadline-exceeded");
      return true;
    });
    assert.deepEqual([asked, clock.count], [2, 0]);
  });

  it("cancels what runs beside a node that failed, and starts nothing more", async () => {
    let cancelled = false;
    let went = false;
    const beside: Answer = async (_, signal) => {
      try {
        return await untilAborted(signal);
      } finally {
        cancelled = true;
      }
    };
    const nodes = [node("a", ["bad", "beside"]), node("bad"), node("beside", ["after"]), node("after")];
    const bad = () => {
      throw new InferenceError("handler-failed", { model: "w__bad", status: 422, reason: "no" });
    };
    const after = () => {
      went = true;
      return "";
    };
    await assert.rejects(run({ nodes, models: { a: shown, bad, beside, after } }), { code: "node-failed" });
    assert.deepEqual([cancelled, went], [true, false]);
  });

  it("ends as cancelled where nobody waits any more, without asking again", async () => {
    const ending = new AbortController();
    let asked = 0;
    const waiting: Answer = (_, signal) => {
      asked++;
      const ended = untilAborted(signal);
      ending.abort();
      return ended;
    };
    const nodes = [node("a", ["b"], { retryAttempts: 3 }), node("b")];
    const { signal } = ending;
    await assert.rejects(run({ nodes, models: { a: waiting, b: shown }, signal }), { code: "cancelled" });
    assert.equal(asked, 1);
    await assert.rejects(run({ nodes, models: { a: waiting, b: shown }, signal }), { code: "cancelled" });
    assert.equal(asked, 1);
  });
});
