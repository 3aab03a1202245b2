// The management API over gRPC: numbers and texts that are not given, and the original's statuses and sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askGrpc, refusalOf } from "@sealserve/conformance/fixtures/ask-grpc";
import { ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import type { ManagementService } from "@sealserve/inference";
import { ManagementAPIsService, torchserveGrpcManagement } from "./index.ts";

const { describeModel, listModels, registerModel, scaleWorker, setDefault, unregisterModel } =
  ManagementAPIsService.method;
const stored = [{ name: "n", version: "2.0", entry: "n.mar" }];

function listening({ changes = true, modelApi = true } = {}) {
  const models = ["m", "o"].map((name) => tensorModel({ name, version: "1.0", inputs: [], outputs: [] }, () => []));
  const asked: unknown[][] = [];
  const answer = async (...call: unknown[]) => {
    asked.push(call);
  };
  const management: ManagementService = {
    load: (which, overrides, { wait }) => answer("load", which, overrides, wait),
    unload: (which, { wait }) => answer("unload", which, wait),
    change: (which, overrides, { wait }) => answer("change", which, overrides, wait),
  };
  const protocol = torchserveGrpcManagement({
    service: new ModelService(models),
    ready: () => true,
    describe: async () => null,
    modelApi,
    ...(changes ? { changes: { management, stored: async () => stored, wait: 1000 } } : {}),
  });
  return { protocol, asked };
}

const archive = "org.pytorch.serve.archive.model";

test("lists and descriptions are the HTTP API's JSON", async () => {
  const { protocol } = listening();
  const list = async (limit: number, nextPageToken: number) => {
    const [answer] = await askGrpc(protocol, listModels, { limit, nextPageToken });
    return JSON.parse(answer?.msg ?? "");
  };
  const names = (page: { models: { modelName: string }[] }) => page.models.map(({ modelName }) => modelName);
  assert.deepEqual(names(await list(0, 0)), ["m", "o"], "no limit is the most");
  assert.deepEqual(names(await list(-1, -1)), ["m", "o"]);
  assert.deepEqual(await list(1, 0), { nextPageToken: "1", models: [{ modelName: "m", modelUrl: "" }] });
  const [described] = await askGrpc(protocol, describeModel, { modelName: "m", modelVersion: "all" });
  assert.match(described?.msg ?? "", /^\[\n {2}\{\n {4}"modelName": "m",\n {4}"modelVersion": "1.0"[\s\S]*\n\]$/);
});

test("what is not given falls back as the original does", async () => {
  const { protocol, asked } = listening();
  const texts = [
    await askGrpc(protocol, registerModel, { url: "n.mar", synchronous: true }),
    await askGrpc(protocol, registerModel, {
      ...{ url: "n.mar", batchSize: 4, maxBatchDelay: 9, initialWorkers: 2 },
      ...{ responseTimeout: 3, startupTimeout: 5 },
    }),
    await askGrpc(protocol, scaleWorker, { modelName: "m", minWorker: -1, synchronous: true }),
    await askGrpc(protocol, setDefault, { modelName: "m", modelVersion: "1.0" }),
    await askGrpc(protocol, unregisterModel, { modelName: "m" }),
  ].map(([answer]) => answer?.msg);
  assert.deepEqual(texts, [
    'Model "n" Version: 2.0 registered with 1 initial workers',
    "Processing worker updates...",
    "Workers scaled to 1 for model: m",
    'Default version successfully updated for model "m" to "1.0"',
    'Model "m" unregistered',
  ]);
  assert.deepEqual(asked[1], [
    "load",
    { name: "n", version: "2.0" },
    { maxBatchSize: 4, maxQueueDelay: 9, instances: 2, responseTimeout: 3000, startupTimeout: 5000 },
    100,
  ]);
});

test("refusals carry the original's status, sentence and class", async () => {
  const { protocol } = listening();
  const bad = "org.pytorch.serve.http.BadRequestException";
  const rows: readonly (readonly [Promise<string>, string])[] = [
    [
      refusalOf(askGrpc(protocol, describeModel, { modelName: "none" })),
      `not-found Model not found: none\n${archive}.ModelNotFoundException`,
    ],
    [
      refusalOf(askGrpc(protocol, describeModel, { modelName: "m", modelVersion: "9" })),
      `not-found Model version: 9 does not exist for model: m\n${archive}.ModelVersionNotFoundException`,
    ],
    [refusalOf(askGrpc(protocol, registerModel, {})), `invalid-argument Parameter url is required.\n${bad}`],
    [
      refusalOf(askGrpc(protocol, registerModel, { url: "none.mar" })),
      `not-found Model not found at: none.mar\n${archive}.ModelNotFoundException`,
    ],
    [
      refusalOf(askGrpc(protocol, scaleWorker, { modelName: "m", minWorker: 3, maxWorker: 2 })),
      `invalid-argument max_worker cannot be less than min_worker.\n${bad}`,
    ],
    [
      refusalOf(askGrpc(protocol, setDefault, { modelName: "m", modelVersion: "9" })),
      `not-found Model version 9 does not exist for model m\n${archive}.ModelVersionNotFoundException`,
    ],
    [refusalOf(askGrpc(protocol, unregisterModel, {})), `invalid-argument Parameter url is required.\n${bad}`],
  ];
  for (const [refused, expected] of rows) assert.equal(await refused, expected);
});

test("where nobody may change models, changes are denied and the rest is answered", async () => {
  const { protocol } = listening({ changes: false });
  const denied = `permission-denied Model API disabled\n${archive}.ModelException`;
  assert.equal(await refusalOf(askGrpc(protocol, registerModel, { url: "n.mar" })), denied);
  assert.equal(await refusalOf(askGrpc(protocol, unregisterModel, { modelName: "m" })), denied);
  assert.equal(await refusalOf(askGrpc(protocol, listModels, {})), "answered 1 times");
});

test("while the model API is off, models are neither registered nor unregistered, and are scaled", async () => {
  const { protocol } = listening({ modelApi: false });
  const denied = `permission-denied Model API disabled\n${archive}.ModelException`;
  assert.equal(await refusalOf(askGrpc(protocol, registerModel, { url: "n.mar" })), denied);
  assert.equal(await refusalOf(askGrpc(protocol, unregisterModel, { modelName: "m" })), denied);
  assert.equal(await refusalOf(askGrpc(protocol, scaleWorker, { modelName: "m", minWorker: 2 })), "answered 1 times");
});
