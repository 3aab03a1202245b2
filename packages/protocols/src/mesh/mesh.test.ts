// The mesh's own calls: what one end writes the other reads, and what is not in their form is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AnyFetchError,
  type DesiredState,
  FetchError,
  InferenceError,
  type StoredWorkflow,
  toInferenceError,
} from "@sealserve/inference";
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";
import type { BackendReport } from "./backend-report.ts";
import type { FetchAnswer } from "./fetching.ts";
import type { BackendModelMetrics } from "./model-metrics.ts";
import { tellingNotStarted, wasNotStarted } from "./not-started.ts";
import { meshProtocol } from "./protocol.ts";
import { meshRoutes } from "./routes.ts";

const report: BackendReport = {
  instance: "1",
  ready: true,
  draining: false,
  desired: { epoch: "e", revision: 7 },
  models: [
    {
      ...{ name: "a", version: "1", state: "available", isDefault: true, root: "ab".repeat(32) },
      served: {
        ...{
          location: "a.onnx",
          engine: "onnxruntime_onnx",
          kind: "tensors",
          instances: 2,
          maxBatchSize: Number.POSITIVE_INFINITY,
        },
        ...{ maxQueueSize: 1000, maxQueueDelay: 0.1, responseTimeout: 1, loadTimeout: 2, since: 3.5 },
        ...{ url: "a.onnx", runtime: "python3", maxInstances: 3, loadedAtStart: false, waiting: 4 },
        workers: [{ id: "7", since: 1.5, state: "starting", pid: null, memory: null }],
        settings: {
          ...{ retryTimeout: 1, clientTimeout: null, useJobTicket: true, useVenv: false, continuous: true },
          parallel: { type: "tp", level: 2 },
          device: { type: "gpu", ids: [0, 1] },
          sequences: { maxSequences: 1, maxQueueSize: 2, idleTimeout: 3, timeout: 4 },
        },
      },
    },
    { name: "b", version: "2", state: "end", reason: "why", isDefault: false, served: null, root: null },
  ],
  stored: [
    { name: "b", version: "2", entry: "b.mar" },
    { name: "c", version: "1.0", entry: "c.mar", fault: "bad-manifest" },
  ],
};
const state: DesiredState = {
  epoch: "e",
  revision: 8,
  models: {
    a: { loaded: false },
    ["__proto__"]: {
      loaded: true,
      versions: ["1"],
      defaultVersion: "1",
      instances: 2,
      maxBatchSize: 0,
      maxQueueDelay: 0.5,
      versionSettings: { "2.0-beta": { instances: 0, maxInstances: 4, startupTimeout: 5 } },
      sources: {
        "1": {
          entry: "a.mar",
          handler: "h.py:run",
          runtime: "python3",
          url: "https://x/a.mar",
          digest: "0a".repeat(32),
        },
      },
    },
  },
};

function answerOf({ status, headers, body }: HttpReply) {
  return { status, headers, body: concatBytes(body as readonly Bytes[]) };
}

test("a report comes through, with what JSON has no number for", async () => {
  const reply = answerOf(await meshRoutes.report.writeReply(report, undefined));
  assert.deepEqual(await meshRoutes.report.readReply(reply), report);
});

test("a report tells of workflows, and of what is too much for it a part", async () => {
  const settings = { minWorkers: 1, maxWorkers: 2, batchSize: 3, maxBatchDelay: 4, retryAttempts: 5, timeout: 6 };
  const node = { name: "a", url: "a.mar", children: ["b"], ...settings };
  const spec = { name: "w", handler: "f.py", defaults: settings, nodes: [node, { ...node, name: "b", url: null }] };
  const fault = { code: "cycle", reason: "round" } as const;
  const workflows = [
    { entry: "a.war", spec },
    { entry: "b.war", spec: null, fault },
  ];
  const told = async (said: readonly StoredWorkflow[]) =>
    (
      await meshRoutes.report.readReply(
        answerOf(await meshRoutes.report.writeReply({ ...report, workflows: said }, undefined)),
      )
    ).workflows;
  assert.deepEqual(await told(workflows), workflows);
  const many = Array.from({ length: 1001 }, (_, i) => ({
    entry: `${i}`,
    spec: null,
    fault: { ...fault, reason: "😀".repeat(700) },
  }));
  assert.equal((await told(many))?.length, 1000);
});

test("a long reason is cut, and no letter in half", async () => {
  const [model] = report.models;
  assert.ok(model);
  const long = { ...report, models: [{ ...model, reason: "😀".repeat(700).slice(1) }] };
  const reply = answerOf(await meshRoutes.report.writeReply(long, undefined));
  const [read] = (await meshRoutes.report.readReply(reply)).models;
  assert.equal(read?.reason?.length, 1000);
  assert.ok(read.reason.isWellFormed());
});

test("a desired state comes through, whatever its models are called", async () => {
  const read = await meshRoutes.desiredState.readRequest(meshRoutes.desiredState.writeRequest(state), {});
  assert.deepEqual(read, state);
});

test("what a newer program says beside is passed over", async () => {
  const more = { ...state, models: { ...state.models, a: { loaded: false, later: [1] } }, later: {} };
  assert.deepEqual(meshRoutes.desiredState.readRequest(request(utf8(JSON.stringify(more))), {}), state);
  const said = JSON.parse(textOf(answerOf(await meshRoutes.report.writeReply(report, undefined)).body));
  said.later = 1;
  said.models[0].served.workers[0].later = 1;
  said.models[0].served.settings.later = 1;
  const reply = { status: 200, headers: {}, body: utf8(JSON.stringify(said)) };
  assert.deepEqual(await meshRoutes.report.readReply(reply), report);
});

test("documents of another form are refused", () => {
  const read = (body: unknown) => meshRoutes.desiredState.readRequest(request(utf8(JSON.stringify(body))), {});
  const faults: readonly unknown[] = [
    null,
    [],
    {},
    { ...state, revision: -1 },
    { ...state, revision: 1.5 },
    { ...state, revision: "1" },
    { ...state, models: [] },
    { ...state, models: { a: {} } },
    { ...state, models: { a: { loaded: "yes" } } },
    { ...state, models: { a: { loaded: true, instances: -1 } } },
    { ...state, models: { a: { loaded: true, instances: 1025 } } },
    { ...state, models: { a: { loaded: true, sources: { "1": {} } } } },
    { ...state, models: { a: { loaded: true, versionSettings: { "1": { instances: "2" } } } } },
    { ...state, models: { a: { loaded: true, maxQueueDelay: -1 } } },
    { ...state, models: { a: { loaded: true, versions: Array(1001).fill("1") } } },
    { ...state, models: { ["x".repeat(1025)]: { loaded: true } } },
    { ...state, models: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, { loaded: true }])) },
  ];
  for (const fault of faults)
    assert.throws(() => read(fault), { code: "malformed" }, JSON.stringify(fault)?.slice(0, 80));
  assert.throws(() => meshRoutes.desiredState.readRequest(request(utf8("{")), {}), { code: "malformed" });
});

test("the metrics of models arrive as they were told, and no others", async () => {
  const told: BackendModelMetrics = {
    instance: "1",
    metrics: [
      {
        ...{ name: "Rows", kind: "counter", unit: "Count", labels: ["a"] },
        series: [{ values: ["\u00e9"], value: 2.5, age: 0, counts: null }],
      },
      {
        ...{ name: "Time", kind: "histogram", unit: "ms", labels: [] },
        series: [{ values: [], value: -1, age: 7, counts: [1, 2] }],
      },
    ],
  };
  const { writeReply, readReply } = meshRoutes.modelMetrics;
  const read = async (document: unknown) =>
    readReply(answerOf(await writeReply(document as BackendModelMetrics, undefined)));
  assert.deepEqual(await read({ ...told, newer: 1 }), told);
  const [rows] = told.metrics;
  const faults = [
    [],
    { instance: "1" },
    { instance: "1", metrics: Array(501).fill(rows) },
    { instance: "1", metrics: [{ ...rows, kind: "summary" }] },
    { instance: "1", metrics: [{ ...rows, series: [{ values: ["x".repeat(1025)], value: 1, age: 0, counts: null }] }] },
    { instance: "1", metrics: [{ ...rows, series: [{ values: ["x"], value: null, age: 0, counts: null }] }] },
  ];
  for (const fault of faults)
    await assert.rejects(read(fault), { code: "malformed" }, JSON.stringify(fault).slice(0, 80));
});

test("what was fetched, and why it was not, arrive as they are", async () => {
  const { writeRequest, readRequest, writeReply, readReply } = meshRoutes.fetchModel;
  assert.equal(await readRequest(writeRequest("https://h/m.mar"), {}), "https://h/m.mar");
  const read = async (answer: FetchAnswer) => readReply(answerOf(await writeReply(answer, "")));
  const version = { name: "m", version: "1.0", entry: "m.mar", fault: "no-name" } as const;
  const fetched = { entry: "m.mar", pinned: { digest: "ab".repeat(32), versions: [version], workflow: null } };
  assert.deepEqual(await read(fetched), fetched);
  const url = "https://h/m.mar";
  const refusals: readonly AnyFetchError[] = [
    new FetchError("url-not-allowed", { url }),
    new FetchError("bad-entry", { url, entry: "x" }),
    new FetchError("entry-exists", { url, entry: "m.mar" }),
    new FetchError("address-refused", { url, address: "10.0.0.1" }),
    new FetchError("too-large", { url, limit: 1 }),
    new FetchError("digest-mismatch", { url, expected: "a", found: "b" }),
    new FetchError("not-kept", { url, entry: "m.mar", reason: "full" }),
  ];
  for (const refused of refusals) assert.deepEqual((await read({ refused })).refused, refused);
  const long = new FetchError("not-fetched", { url, reason: "x".repeat(10_000) });
  assert.equal((await read({ refused: long })).refused?.code, "not-fetched");
  const faults = [{}, { refused: { code: "other", facts: {} } }, { refused: { code: "too-large", facts: { url } } }];
  for (const fault of [...faults, { ...fetched, pinned: { ...fetched.pinned, digest: "../x" } }]) {
    const body = utf8(JSON.stringify(fault));
    assert.throws(() => readReply({ status: 200, headers: {}, body }), { code: "malformed" }, JSON.stringify(fault));
  }
});

test("errors have their status, and a request that was not begun says so", () => {
  const never = async (): Promise<never> => assert.fail("nobody asks");
  const protocol = tellingNotStarted(
    meshProtocol({ report: never, modelMetrics: never, desiredState: never, fetchModel: never }),
  );
  const refused = (error: InferenceError) => answerOf(protocol.refuse(toInferenceError(error)));
  assert.equal(refused(new InferenceError("malformed", { problem: "?" })).status, 400);
  assert.equal(refused(new InferenceError("internal", {})).status, 500);
  const going = refused(new InferenceError("shutting-down", {}));
  assert.equal(going.status, 503);
  assert.ok(wasNotStarted(going));
  assert.ok(!wasNotStarted(refused(new InferenceError("internal", {}))));
  assert.ok(!wasNotStarted({ ...going, status: 200 }));
  const unmatched = (method: string, path: string) => protocol.unmatched({ method, path, query: "" }).status;
  assert.deepEqual([unmatched("POST", "/mesh/v1/report"), unmatched("GET", "/mesh/v2")], [405, 404]);
});

function request(body: Bytes) {
  return { method: "PUT", path: "/mesh/v1/desired-state", query: "", headers: {}, body };
}
