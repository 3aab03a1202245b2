// What happens to requests that wait: batching, leaving, full queues and deadlines, seen in the answers and in the metrics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { post } from "./exchange.ts";
import { closedGate, gatedHandler } from "./gated-handler.ts";
import { outputsOf, predict, predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { tritonMetric } from "./scraped.ts";
import { servedStore } from "./served-store.ts";
import { until } from "./until.ts";

const batching = `
platform: "onnxruntime_onnx"
max_batch_size: 8
dynamic_batching { max_queue_delay_microseconds: 10000000 preferred_batch_size: [2] }
`;

const served = servedStore({
  folder: "models",
  args: ["--set", "models.tight.maxQueueSize=1"],
  write: async (store) => {
    await store.write("models/merged/config.pbtxt", batching);
    await store.write("models/merged/1/model.onnx", identityModel());
    for (const name of ["left", "tight", "late"])
      await store.write(`models/${name}.mar`, archiveBytes({ name, handler: gatedHandler }));
  },
});

const metric = (name: string, model: string, labels: Readonly<Record<string, string>> = {}): Promise<number> =>
  tritonMetric(served.server, `nv_inference_${name}`, { model, ...labels });

const pending = (model: string, count: number): Promise<unknown> =>
  until(
    async () => (await metric("pending_request_count", model)) === count,
    () => `not ${count} requests wait`,
  );

test("two requests that come together run as one batch, and each gets its own rows", async () => {
  const rows = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const answers = await Promise.all(
    rows.map((row) => predict(served.server, "openInference", "merged", { input: { values: [row] } })),
  );
  assert.deepEqual(
    answers.map((answer) => outputsOf("openInference", answer, "output")),
    rows.map((output) => ({ output })),
  );
  assert.equal(await metric("exec_count", "merged"), 1);
  assert.equal(await metric("count", "merged"), 2);
  assert.equal(await metric("request_success", "merged"), 2);
});

test("a client that leaves takes its waiting request with it", async () => {
  const gate = closedGate(served.store);
  const url = predictionUrl(served.server, "torchserve", "left");
  const running = post(url, gate.path);
  await gate.begun();
  const leaving = new AbortController();
  const waiting = fetch(url, { method: "POST", body: gate.path, signal: leaving.signal });
  await pending("left", 1);
  leaving.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  await until(async () => (await metric("request_failure", "left", { reason: "CANCELED" })) === 1);
  await pending("left", 0);
  await gate.open();
  assert.equal((await running).text, "done");
  assert.equal(await metric("exec_count", "left"), 1);
});

test("a full queue refuses at once, in every protocol's words", async () => {
  const gate = closedGate(served.store);
  const url = predictionUrl(served.server, "torchserve", "tight");
  const running = post(url, gate.path);
  await gate.begun();
  const waiting = post(url, gate.path);
  await pending("tight", 1);
  const sentences = {
    torchserve: /no worker/,
    openInference: /Exceeds maximum queue size/,
    tensorflowServing: /queue .* is full/,
  };
  const inputs = [{ name: "data", datatype: "BYTES", shape: [1], data: [gate.path] }];
  const bodies = { torchserve: gate.path, openInference: { inputs }, tensorflowServing: { instances: [gate.path] } };
  for (const protocol of protocolNames) {
    const answer = await post(predictionUrl(served.server, protocol, "tight"), bodies[protocol]);
    assert.equal(answer.status, 503, answer.text);
    assert.match(refusalOf(protocol, answer), sentences[protocol]);
  }
  assert.equal(await metric("request_failure", "tight", { reason: "REJECTED" }), protocolNames.length);
  await gate.open();
  assert.deepEqual([(await running).text, (await waiting).text], ["done", "done"]);
});

test("a request's own deadline holds while it waits and while it runs", async () => {
  const gate = closedGate(served.store);
  const url = predictionUrl(served.server, "openInference", "late");
  const inputs = [{ name: "data", datatype: "BYTES", shape: [1], data: [gate.path] }];
  const microseconds = 50_000;
  const running = post(url, { inputs, parameters: { timeout: microseconds } });
  await gate.begun();
  const waiting = post(url, { inputs, parameters: { timeout: microseconds } });
  for (const answer of await Promise.all([running, waiting])) {
    assert.equal(answer.status, 503, answer.text);
    assert.equal(refusalOf("openInference", answer), "Request timeout expired");
  }
  await gate.open();
  await until(async () => (await post(url, { inputs })).status === 200);
});
