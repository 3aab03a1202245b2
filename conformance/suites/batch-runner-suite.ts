// What every batch runner keeps to: the side of an engine that the batcher sees.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { BatchResult, BatchRunner } from "@sealserve/serving";
import { assertFits, assertSameOutputs, inputBytes } from "./answers.ts";

export interface BatchRunnerSample {
  /** Disposed by the suite. */
  readonly runner: BatchRunner;
  /** At least two requests that may share a batch, each answered differently and always the same way. */
  readonly requests: readonly InferenceRequest[];
}

/** Registers the suite; every test makes its own sample and disposes its runner. */
export function batchRunnerSuite(name: string, make: () => Promise<BatchRunnerSample>): void {
  const never = new AbortController().signal;

  describe(`${name} is a batch runner`, () => {
    it("describes itself, always the same way", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const { concurrency } = runner;
      assert.ok(Number.isInteger(concurrency) && concurrency >= 1, `concurrency ${concurrency}`);
      const metadata = runner.metadata();
      assert.deepEqual(metadata.versions, [metadata.version]);
      await runner.run(sample.requests.slice(0, 1), never);
      assert.equal(runner.concurrency, concurrency);
      assert.deepEqual(runner.metadata(), metadata);
    });

    it("answers the requests of a batch in their order, each as it would alone", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const alone: InferenceResponse[] = [];
      for (const request of sample.requests) alone.push(...(await runner.run([request], never)).map(answered));
      assert.equal(alone.length, sample.requests.length);
      for (const answer of alone) assertFits(answer, runner.metadata());
      if (runner.metadata().maxBatchSize === 0) return;
      const together = (await runner.run(sample.requests, never)).map(answered);
      assert.equal(together.length, alone.length);
      for (const [i, expected] of alone.entries()) assertSameOutputs(together[i] ?? assert.fail(), expected);
    });

    it("leaves the requests as they were", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const before = inputBytes(sample.requests);
      for (const request of sample.requests) await runner.run([request], never);
      assert.deepEqual(inputBytes(sample.requests), before);
    });

    it("runs as many batches at once as it says", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const [request] = sample.requests;
      assert.ok(request);
      const [expected] = (await runner.run([request], never)).map(answered);
      assert.ok(expected);
      const batches = Array.from({ length: runner.concurrency }, () => runner.run([request], never));
      for (const results of await Promise.all(batches)) {
        for (const answer of results.map(answered)) assertSameOutputs(answer, expected);
      }
    });

    it("runs a batch on any of its lanes", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const [request] = sample.requests;
      assert.ok(request);
      const [expected] = (await runner.run([request], never)).map(answered);
      assert.ok(expected);
      for (let lane = 0; lane < runner.concurrency; lane++) {
        const onPartial = (): void => {};
        for (const answer of (await runner.run([request], never, { lane, onPartial })).map(answered)) {
          assertSameOutputs(answer, expected);
        }
      }
    });

    it("takes more instances and fewer, where it can be resized, and tells of each", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const [request] = sample.requests;
      assert.ok(request);
      const ids = (): readonly string[] => runner.instances?.().map(({ id }) => id) ?? [];
      assert.equal(new Set(ids()).size, ids().length);
      if (!runner.resize) return;
      const { concurrency } = runner;
      const metadata = runner.metadata();
      const before = ids();
      await runner.resize(before.length + 1, never);
      assert.ok(runner.concurrency > concurrency);
      assert.deepEqual(ids().slice(0, -1), before);
      assert.equal((await runner.run([request], never)).length, 1);
      await runner.resize(0, never);
      assert.deepEqual([runner.concurrency, ids()], [0, []]);
      await assert.rejects(runner.run([request], never), { code: "no-instance" });
      await runner.resize(before.length, never);
      assert.equal(runner.concurrency, concurrency);
      assert.deepEqual(runner.metadata(), metadata);
      assert.equal((await runner.run([request], never)).length, 1);
    });

    it("ends a batch that nobody wants any more, and goes on answering", async () => {
      const sample = await make();
      await using runner = sample.runner;
      const [request] = sample.requests;
      assert.ok(request);
      const unwanted = new AbortController();
      const batch = runner.run([request], unwanted.signal);
      unwanted.abort();
      try {
        assert.equal((await batch).length, 1);
      } catch (error) {
        assert.ok(isInferenceError(error) && error.code === "cancelled", String(error));
      }
      assert.equal((await runner.run([request], never)).length, 1);
    });

    it("waits for what runs when it is disposed", async () => {
      const sample = await make();
      const [request] = sample.requests;
      assert.ok(request);
      let ended = false;
      const batch = sample.runner.run([request], never).finally(() => {
        ended = true;
      });
      await sample.runner[Symbol.asyncDispose]();
      assert.ok(ended, "the batch ended before its runner did");
      assert.equal((await batch).map(answered).length, 1);
    });
  });
}

function answered(result: BatchResult): InferenceResponse {
  if (isInferenceError(result)) throw result;
  return result;
}
