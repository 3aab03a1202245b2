// What every servable keeps to: engines, and wrappers around them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InferenceRequest, InferenceResponse } from "@sealserve/inference";
import type { Servable } from "@sealserve/serving";
import { assertFits, assertSameOutputs, inputBytes } from "./answers.ts";
import { collect } from "./collect.ts";

export interface ServableSample extends AsyncDisposable {
  readonly servable: Servable;
  /** At least two requests that it answers, each differently and always the same way. */
  readonly requests: readonly InferenceRequest[];
}

/** Registers the suite; every test makes its own sample and disposes it. */
export function servableSuite(name: string, make: () => Promise<ServableSample>): void {
  const never = new AbortController().signal;

  describe(`${name} is a servable`, () => {
    it("describes itself, always the same way", async () => {
      await using sample = await make();
      const metadata = sample.servable.metadata();
      assert.notEqual(metadata.name, "");
      assert.deepEqual(metadata.versions, [metadata.version]);
      assert.ok(metadata.maxBatchSize >= 0);
      assert.deepEqual(sample.servable.metadata(), metadata);
    });

    it("answers as its metadata promises", async () => {
      await using sample = await make();
      for (const request of sample.requests) {
        assertFits(await sample.servable.infer(request, never), sample.servable.metadata());
      }
    });

    it("gives each of many callers the answer to its own request", async () => {
      await using sample = await make();
      const { servable, requests } = sample;
      const alone = [];
      for (const request of requests) alone.push(await servable.infer(request, never));
      const many = Array.from({ length: 20 }, (_, i) => i % requests.length);
      const together = await Promise.all(
        many.map(async (which) => {
          const request = requests[which];
          assert.ok(request);
          return servable.infer(request, never);
        }),
      );
      for (const [i, answer] of together.entries()) {
        const expected = alone[i % requests.length];
        assert.ok(expected);
        assertSameOutputs(answer, expected);
      }
    });

    it("leaves the request as it was, and its answers to the caller", async () => {
      await using sample = await make();
      const [request] = sample.requests;
      assert.ok(request);
      const before = inputBytes([request]);
      const first = await sample.servable.infer(request, never);
      const second = await sample.servable.infer(request, never);
      const kept = { ...second, outputs: second.outputs.map((o) => ({ ...o, bytes: Uint8Array.from(o.bytes) })) };
      for (const { bytes } of first.outputs) bytes.fill(0x5a);
      assertSameOutputs(second, kept);
      assert.deepEqual(inputBytes([request]), before);
    });

    it("refuses a caller that has already left", async () => {
      await using sample = await make();
      const [request] = sample.requests;
      assert.ok(request);
      await assert.rejects(sample.servable.infer(request, AbortSignal.abort()), { code: "cancelled" });
    });

    it("gives every answer to each of many readers, where it streams", async () => {
      await using sample = await make();
      const { servable, requests } = sample;
      if (!servable.inferStream) return;
      const read = async (request: InferenceRequest): Promise<readonly InferenceResponse[]> =>
        collect(servable.inferStream?.(request, never) ?? assert.fail());
      const alone: (readonly InferenceResponse[])[] = [];
      for (const request of requests) {
        const answers = await read(request);
        for (const answer of answers) assertFits(answer, servable.metadata());
        const [only, another] = answers;
        if (only && !another) assertSameOutputs(only, await servable.infer(request, never));
        alone.push(answers);
      }
      const together = await Promise.all([...requests, ...requests].map(read));
      for (const [i, answers] of together.entries()) {
        const expected = alone[i % requests.length] ?? [];
        assert.ok(answers.length > 0);
        assert.equal(answers.length, expected.length);
        for (const [j, answer] of answers.entries()) assertSameOutputs(answer, expected[j] ?? assert.fail());
      }
    });

    it("streams nothing to a caller who has left, lets a reader go that leaves, and goes on answering", async () => {
      await using sample = await make();
      const { servable } = sample;
      const [request] = sample.requests;
      assert.ok(request);
      if (!servable.inferStream) return;
      const open = (signal: AbortSignal): AsyncIterator<InferenceResponse> =>
        servable.inferStream?.(request, signal)[Symbol.asyncIterator]() ?? assert.fail();
      await assert.rejects(open(AbortSignal.abort()).next(), { code: "cancelled" });
      const leaving = new AbortController();
      const cut = open(leaving.signal).next();
      leaving.abort();
      await assert.rejects(cut, { code: "cancelled" });
      const reader = open(never);
      assertFits((await reader.next()).value, servable.metadata());
      await reader.return?.();
      assert.ok((await reader.next()).done);
      assertFits(await servable.infer(request, never), servable.metadata());
    });

    it("lets a caller go that leaves, and goes on answering", async () => {
      await using sample = await make();
      const [request] = sample.requests;
      assert.ok(request);
      const leaving = new AbortController();
      const answer = sample.servable.infer(request, leaving.signal);
      leaving.abort();
      await assert.rejects(answer, { code: "cancelled" });
      assertFits(await sample.servable.infer(request, never), sample.servable.metadata());
    });
  });
}
