// Where the protocols listen: all on one port, some switched off, and what a path of one protocol is to the others.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { get, json } from "./exchange.ts";
import { outputsOf, predict, protocolNames } from "./predictions.ts";
import { listenerNames, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

let store: TemporaryFolder;
before(async () => {
  store = await temporaryFolder();
  await store.write("line.onnx", identityModel());
});
after(() => store[Symbol.asyncDispose]());

const overHttp = Object.values(listenerNames).filter((name) => !name.includes(".grpc"));
const keys = overHttp.map((name) => `protocols.${name}`);
const all = (value: number | false): readonly string[] => keys.flatMap((key) => ["--set", `${key}=${value}`]);

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("all HTTP protocols share one port", async () => {
  const port = await freePort();
  await using server = await startServer(["--model-store", store.path, ...all(port)]);
  const base = `http://127.0.0.1:${port}`;
  const { listeners } = server.ready;
  assert.deepEqual(new Set(overHttp.map((name) => listeners[name])), new Set([base]));
  assert.deepEqual(Object.keys(listeners).sort(), Object.values(listenerNames).sort());
  for (const protocol of protocolNames) {
    const answer = await predict(server, protocol, "line", { input: { values: [[1, 2, 3, 4]] } });
    assert.deepEqual(outputsOf(protocol, answer, "output"), { output: [1, 2, 3, 4] });
  }
  assert.deepEqual(json(await get(`${base}/ping`)), { status: "Healthy" });
  assert.equal((await get(`${base}/v2/health/ready`)).status, 200);
  assert.match((await get(`${base}/models`)).text, /"modelName": "line"/);
  const metrics = (await get(`${base}/metrics`)).text;
  assert.match(metrics, /^nv_inference_request_success\{/m);
  assert.match(metrics, /^ts_inference_requests_total\{/m);
  assert.match((await get(`${base}/monitoring/prometheus/metrics`)).text, /^:tensorflow:serving:request_count\{/m);
});

test("a listener that is switched off is not there, and the others are", async () => {
  const off = ["torchserve.inference", "torchserve.metrics", "tensorflowServing.rest"];
  const flags = off.flatMap((name) => ["--set", `protocols.${name}=false`]);
  await using server = await startServer(["--model-store", store.path, ...flags]);
  assert.deepEqual(Object.keys(server.ready.listeners).sort(), [
    "openInference.http",
    "openInference.metrics",
    "torchserve.grpcInference",
    "torchserve.grpcManagement",
    "torchserve.management",
  ]);
  assert.equal((await get(server.url("openInference", "/v2/health/ready"))).status, 200);
  assert.equal((await get(server.url("management", "/models"))).status, 200);
});

test("each listener answers for its own protocol only", async () => {
  await using server = await startServer(["--model-store", store.path]);
  assert.equal((await get(server.url("openInference", "/ping"))).status, 404);
  assert.equal((await get(server.url("torchserve", "/v2/health/ready"))).status, 404);
  assert.equal((await get(server.url("torchserve", "/models"))).status, 404);
  assert.equal((await get(server.url("tensorflowServing", "/v2"))).status, 404);
  assert.equal((await get(server.url("management", "/predictions/line"))).status, 404);
});

test("gRPC shares its port with gRPC, and with nothing else", async () => {
  const port = await freePort();
  const at = (...names: string[]) => names.flatMap((name) => ["--set", `protocols.torchserve.${name}=${port}`]);
  await using server = await startServer(["--model-store", store.path, ...at("grpcInference", "grpcManagement")]);
  assert.equal(server.ready.listeners["torchserve.grpcInference"], server.ready.listeners["torchserve.grpcManagement"]);
  const refused = await runSealserve(["serve", "--model-store", store.path, ...at("grpcInference", "inference")]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /torchserve\.grpcInference speaks gRPC and cannot share \S+ port/);
});
