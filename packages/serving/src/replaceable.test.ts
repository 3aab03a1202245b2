// The inside of a servable is exchanged under requests: each ends where it began, and the old one is known to be unused.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { InferenceRequest, InferenceResponse, ModelMetadata } from "@sealserve/inference";
import { replaceable } from "./replaceable.ts";
import type { Servable } from "./servable.ts";

const request = {} as InferenceRequest;
const { signal } = new AbortController();

function gated(version: string) {
  const gate = Promise.withResolvers<void>();
  const answer = { version } as unknown as InferenceResponse;
  const servable: Servable = {
    infer: () => gate.promise.then(() => answer),
    async *inferStream() {
      yield answer;
      await gate.promise;
      yield answer;
    },
    metadata: () => ({ version }) as ModelMetadata,
  };
  return { servable, open: gate.resolve, fail: gate.reject, answer };
}

test("requests that run end where they began, new ones begin inside the next, and only then the old one is unused", async () => {
  const [old, next] = [gated("old"), gated("next")];
  const { servable, replace } = replaceable(old.servable);
  const running = servable.infer(request, signal);
  const failing = servable.infer(request, signal);
  let unused = false;
  const replaced = replace(next.servable).then(() => {
    unused = true;
  });
  next.open();
  assert.equal(await servable.infer(request, signal), next.answer);
  assert.equal(servable.metadata().version, "next");
  assert.equal(unused, false);
  old.open();
  assert.equal(await running, old.answer);
  await failing;
  await replaced;
});

test("a failed request and a stream that was left count as ended", async () => {
  const old = gated("old");
  const { servable, replace } = replaceable(old.servable);
  const failing = servable.infer(request, signal);
  for await (const answer of servable.inferStream?.(request, signal) ?? []) {
    assert.equal(answer, old.answer);
    break;
  }
  const replaced = replace(gated("next").servable);
  old.fail(new RangeError("no"));
  await assert.rejects(failing, RangeError);
  await replaced;
});

test("a stream that nobody reads yet is not of the one before", async () => {
  const [old, next] = [gated("old"), gated("next")];
  const { servable, replace } = replaceable(old.servable);
  const stream = servable.inferStream?.(request, signal) ?? [];
  await replace(next.servable);
  next.open();
  for await (const answer of stream) assert.equal(answer, next.answer);
});

test("what does not stream does not begin to", () => {
  const { infer, metadata } = gated("one").servable;
  assert.equal(replaceable({ infer, metadata }).servable.inferStream, undefined);
});
