// What a frontend says of the models behind it: the digest in its evidence, over everything that may answer a request, and what each request is for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { modelSetDigest } from "@sealserve/sealing";
import type { BackendReport } from "./backends/backend-link.ts";
import type { BackendPool } from "./routing/backend-pool.ts";
import type { BackendView } from "./routing/backend-view.ts";
import { servedModels } from "./served-models.ts";
import { fakeReport, fakeServed, fakeView } from "./testing/fake-backend.ts";

const [good, old] = ["11".repeat(32), "22".repeat(32)];

/** Has version 1 of the model `m`. */
function reportOf(root: string | null, state: "available" | "end" = "available"): BackendReport {
  const report = fakeReport({ models: { m: state } });
  return { ...report, models: report.models.map((each) => ({ ...each, root })) };
}

function poolOf(views: () => readonly BackendView[]) {
  const listeners = new Set<() => void>();
  const pool: Pick<BackendPool, "views" | "onChange"> = {
    views,
    onChange(act) {
      listeners.add(act);
      return { [Symbol.dispose]: () => listeners.delete(act) };
    },
  };
  return { pool: pool as BackendPool, tell: () => listeners.forEach((act) => void act()) };
}

function digestOf(...views: readonly BackendView[]): string {
  using models = servedModels(poolOf(() => views).pool, { onModelSetChanged() {} });
  return Buffer.from(models.modelSetDigest()).toString("hex");
}

const routable = (report: BackendReport): BackendView => fakeView({ report, routable: true, asked: true });
const expected = Buffer.from(modelSetDigest([{ model: "m", version: "1", root: Buffer.from(good, "hex") }])).toString(
  "hex",
);

test("copies of one model are one model", () => {
  assert.equal(digestOf(routable(reportOf(good)), routable(reportOf(good))), expected);
});

test("a backend that is asked only where nobody else can is behind the door too", () => {
  const lastResort = fakeView({ report: reportOf(old), ejected: true, asked: true });
  assert.notEqual(digestOf(routable(reportOf(good)), lastResort), expected);
});

test("a backend that cannot be asked is not", () => {
  assert.equal(digestOf(routable(reportOf(good)), fakeView({ report: reportOf(old) })), expected);
});

test("a copy that nobody measured is none of the model that was expected; one that is not loaded is nothing", () => {
  assert.notEqual(digestOf(routable(reportOf(good)), routable(reportOf(null))), expected);
  assert.notEqual(digestOf(routable(reportOf(null))), digestOf());
  assert.equal(digestOf(routable(reportOf(good)), routable(reportOf(null, "end"))), expected);
});

test("whoever was given the digest is told once it is another", () => {
  let view = routable(reportOf(good));
  let told = 0;
  const { pool, tell } = poolOf(() => [view]);
  using _ = servedModels(pool, { onModelSetChanged: () => told++ });
  tell();
  assert.equal(told, 0);
  view = routable(reportOf(old));
  tell();
  assert.equal(told, 1);
});

/** Versions of the model `m`, with what they report. */
function having(...versions: readonly (Partial<BackendReport["models"][number]> & { readonly version: string })[]) {
  const report = fakeReport({ models: { m: "available" } });
  const models = versions.flatMap((each) => report.models.map((model) => ({ ...model, isDefault: false, ...each })));
  return routable({ ...report, models });
}

test("a request is for the version that it names, whatever its spelling, or for the default one", () => {
  const served = { ...fakeServed, maxBatchSize: 4 };
  const views = [
    having({ version: "1", isDefault: true, served }, { version: "2" }, { version: "3", state: "loading" }),
    having({ version: "2" }),
  ];
  using models = servedModels(poolOf(() => views).pool, { onModelSetChanged() {} });
  const found = [null, "1", "01", "2", "3"].map((version) => models.find("m", version));
  const [one, two] = [
    { version: "1", batched: true },
    { version: "2", batched: false },
  ];
  assert.deepEqual(found, [one, one, one, two, null]);
  assert.equal(models.find("other", null), null);
});

test("where none is the default one, a request is for one of those that are there", () => {
  using models = servedModels(poolOf(() => [having({ version: "2" }, { version: "1" })]).pool, {
    onModelSetChanged() {},
  });
  assert.equal(models.find("m", null)?.version, "2");
});

test("copies are added up over backends; what is loaded nowhere is not described", () => {
  const worker = { id: "0", since: 1, state: "ready", pid: 7, memory: 9 } as const;
  const views = [1, 2].map((instances) => ({
    ...having({ version: "1", served: { ...fakeServed, instances, waiting: 4, workers: [worker] } }),
    url: `https://10.0.0.${instances}:9000`,
  }));
  using models = servedModels(poolOf(() => [...views, having({ version: "1" })]).pool, { onModelSetChanged() {} });
  assert.deepEqual(models.served("m", "1"), {
    ...fakeServed,
    ...{ instances: 3, maxInstances: 2, maxQueueSize: 2, waiting: 8 },
    workers: ["0@10.0.0.1:9000", "0@10.0.0.2:9000"].map((id) => ({ ...worker, id })),
  });
  assert.equal(models.served("m", "2"), null);
});

test("what is found follows the reports, until nobody follows any more", () => {
  let views = [having({ version: "1" })];
  const { pool, tell } = poolOf(() => views);
  const models = servedModels(pool, { onModelSetChanged() {} });
  views = [having({ version: "2" })];
  tell();
  assert.equal(models.find("m", "1"), null);
  models[Symbol.dispose]();
  views = [];
  tell();
  assert.equal(models.find("m", "2")?.version, "2");
});
