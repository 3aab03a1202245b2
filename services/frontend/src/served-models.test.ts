// The digest in a frontend's evidence: over everything that may answer a request, measured or not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { modelSetDigest } from "@sealserve/sealing";
import type { BackendReport } from "./backends/backend-link.ts";
import type { BackendPool } from "./routing/backend-pool.ts";
import type { BackendView } from "./routing/backend-view.ts";
import { servedModels } from "./served-models.ts";
import { fakeReport, fakeView } from "./testing/fake-backend.ts";

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
