// Handlers under continuous and sequence batching: requests that come again without their fields, and instances that keep a state.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersToParameters, type InferenceResponse } from "@sealserve/inference";
import { continuous, type Scheduled, sequenced, systemClock } from "@sealserve/serving";
import { never, open, requestOf, textsOf } from "./testing/open-handler.ts";

const queue = { maxQueueDelay: 0, preferredBatchSizes: [], maxQueueSize: 100 };

function newIds(): () => string {
  let count = 0;
  return () => `id-${count++}`;
}

function stream(model: Scheduled, text: string, signal = never): AsyncIterable<InferenceResponse> {
  assert.ok(model.inferStream);
  return model.inferStream(requestOf([text]), signal);
}

async function textOfAll(answers: AsyncIterable<InferenceResponse>): Promise<string[]> {
  const texts: string[] = [];
  for await (const answer of answers) texts.push(...textsOf(answer));
  return texts;
}

/** Counts from what the client says down to 0, one number a step. */
const countdown = `
  const left = new Map();
  export function handle(rows, context) {
    return rows.map((row, i) => {
      const id = context.requestId(i);
      const now = row.body ? Number(row.body.text()) : left.get(id) - 1;
      if (now > 0) { left.set(id, now); context.goesOn(i); } else left.delete(id);
      return now + "/" + Object.keys(row).length + " ";
    });
  }`;

describe("a handler with continuous batching", () => {
  it("is asked again for each request that goes on, by its id and without fields", async () => {
    await using runner = await open(countdown);
    await using model = continuous(queue, { runner, clock: systemClock(), newId: newIds() });
    const one = textOfAll(stream(model, "3"));
    const two = textOfAll(stream(model, "1"));
    assert.deepEqual(await one, ["3/1 ", "2/0 ", "1/0 ", "0/0 "]);
    assert.deepEqual(await two, ["1/1 ", "0/0 "]);
    assert.deepEqual(textsOf(await model.infer(requestOf(["2"]), never)), ["2/1 1/0 0/0 "]);
  });

  it("takes new requests while others go on", async () => {
    await using runner = await open(`export function handle(rows, context) {
      return rows.map((row, i) => {
        if (row.body?.text() !== "short") context.goesOn(i);
        return String(rows.length);
      });
    }`);
    await using model = continuous(queue, { runner, clock: systemClock(), newId: newIds() });
    const leave = new AbortController();
    const endless = stream(model, "endless", leave.signal)[Symbol.asyncIterator]();
    await endless.next();
    assert.deepEqual(textsOf(await model.infer(requestOf(["short"]), never)), ["2"]);
    leave.abort();
    await assert.rejects(async () => {
      while (!(await endless.next()).done);
    });
    assert.deepEqual(textsOf(await model.infer(requestOf(["short"]), never)), ["1"]);
  });
});

describe("a handler with sequence batching", () => {
  it("keeps the state of each sequence on its own instance", async () => {
    await using runner = await open(
      `const sums = new Map();
       export function handle(rows, context) {
         return rows.map((row, i) => {
           const id = context.sequenceId(i);
           sums.set(id, (sums.get(id) ?? 0) + Number(row.body.text()));
           return id + "=" + sums.get(id);
         });
       }`,
      { instances: 2 },
    );
    const sequences = { maxSequences: 4, maxQueueSize: 10, idleTimeout: 60_000, timeout: 0 };
    await using model = sequenced(
      { ...queue, continuous: false, sequences },
      { runner, clock: systemClock(), newId: newIds() },
    );
    const add = async (sequence: string, value: number): Promise<string> => {
      const parameters = headersToParameters({ ts_request_sequence_id: sequence });
      return textsOf(await model.infer(requestOf([String(value)], { parameters }), never)).join();
    };
    for (const [sequence, value, expected] of [
      ["a", 1, "a=1"],
      ["b", 10, "b=10"],
      ["c", 100, "c=100"],
      ["b", 1, "b=11"],
      ["a", 2, "a=3"],
      ["c", 5, "c=105"],
    ] as const) {
      assert.equal(await add(sequence, value), expected);
    }
  });
});
