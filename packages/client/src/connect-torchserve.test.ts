// TorchServe's client over a socket: predictions whole and in parts, explanations, workflows, and how each is refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { InferenceError, isInferenceError, streamNextParameter } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import { torchserveInference, type WorkflowService } from "@sealserve/protocols/torchserve";
import { type Listeners, openListeners, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { connectTorchserve, type TorchserveClient } from "./connect-torchserve.ts";

const more = { [streamNextParameter]: "true" };
/** Answers of `slow` go on once somebody has read the first part. */
let goOn = Promise.withResolvers<void>();
let left = Promise.withResolvers<void>();

const streaming = (name: string, stream: () => AsyncGenerator<ReturnType<typeof prediction>>) => ({
  ...handlerModel(name, () => prediction("")),
  stream,
});
const models = [
  handlerModel("upper", ({ parameters }) => prediction(`explain: ${parameters?.["http.header.explain"]}`)),
  streaming("slow", async function* () {
    try {
      yield prediction("one ", "text/plain", more);
      await goOn.promise;
      yield prediction("two ", "text/plain", more);
      yield prediction("three", "text/plain");
    } finally {
      left.resolve();
    }
  }),
  streaming("breaks", async function* () {
    yield prediction("one ", "text/plain", more);
    throw new InferenceError("engine-failed", { model: "breaks", reason: "it breaks" });
  }),
];
const workflows: WorkflowService = {
  predict: async (name, { fields }) => (name === "pair" ? new Map([["leaf", fields[0]?.bytes ?? utf8("")]]) : null),
  list: async () => [],
  describe: async () => null,
};

let listeners: Listeners;
let client: TorchserveClient;

before(async () => {
  const service = new ModelService(models);
  const parts = { service, workflows, ready: () => true, requestId: () => "1", pause: async () => {} };
  listeners = await openListeners(
    { host: "127.0.0.1", tls: null, insecurePlaintext: false },
    [{ protocol: torchserveInference(parts), port: 0 }],
    { clock: systemClock(), logger: silentLogger() },
  );
  client = connectTorchserve(listeners.urls["torchserve.inference"] ?? "");
});
after(() => listeners[Symbol.asyncDispose]());

const fields = [{ name: "data", mediaType: "text/plain", bytes: utf8("read") }];
const asked = (name: string) => ({ model: { name }, urlPath: "", headers: {}, fields });

async function textOfAll(parts: AsyncIterable<Bytes>): Promise<string> {
  let text = "";
  for await (const part of parts) text += textOf(part);
  return text;
}

test("explanations are asked apart from predictions", async () => {
  assert.equal(textOf((await client.predict(asked("upper"))).body), "explain: False");
  assert.equal(textOf((await client.explain(asked("upper"))).body), "explain: True");
  await assert.rejects(client.explain(asked("nobody")), { code: "model-not-found" });
});

test("the parts of an answer come as the handler gives them, or together", async () => {
  goOn = Promise.withResolvers();
  const { status, headers, parts } = await client.predictStream(asked("slow"));
  assert.deepEqual([status, headers["content-type"]], [200, "text/plain"]);
  const reading = parts[Symbol.asyncIterator]();
  assert.equal(textOf((await reading.next()).value), "one ");
  goOn.resolve();
  assert.equal(await textOfAll({ [Symbol.asyncIterator]: () => reading }), "two three");
  assert.equal(textOf((await client.predict(asked("slow"))).body), "one two three");
  assert.equal(await textOfAll((await client.predictStream(asked("upper"))).parts), "explain: False");
});

test("whoever stops reading gives the request up; who aborts is told so", async () => {
  goOn = Promise.withResolvers();
  left = Promise.withResolvers();
  for await (const _ of (await client.predictStream(asked("slow"))).parts) break;
  goOn.resolve();
  await left.promise;
  goOn = Promise.withResolvers();
  const leaving = new AbortController();
  const { parts } = await client.predictStream(asked("slow"), leaving.signal);
  leaving.abort();
  await assert.rejects(textOfAll(parts), { code: "cancelled" });
  goOn.resolve();
});

test("a refusal is thrown before a part is read, and a broken answer while it is", async () => {
  await assert.rejects(client.predictStream(asked("nobody")), { code: "model-not-found" });
  const { parts } = await client.predictStream(asked("breaks"));
  await assert.rejects(
    textOfAll(parts),
    (error) => isInferenceError(error) && error.code === "unreachable" && error.facts.started === true,
  );
  const nobody = connectTorchserve("http://127.0.0.1:9");
  await assert.rejects(nobody.predictStream(asked("upper")), { code: "unreachable" });
});

test("workflows are asked by name", async () => {
  assert.equal(textOf(await client.predictWorkflow({ name: "pair", headers: {}, fields })), "read");
  await assert.rejects(client.predictWorkflow({ name: "none", headers: {}, fields }), { code: "model-not-found" });
});
