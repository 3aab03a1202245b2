// What several backends say of one version, as one status; and why nobody can be asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelState } from "@sealserve/inference";
import { fakeReport, fakeView } from "../testing/fake-backend.ts";
import { mergeStatuses } from "./merge-statuses.ts";
import { noBackend, statusesOf } from "./no-backend.ts";

test("available where anyone has it; else the most telling state, with a reason if there is one; newest first", () => {
  const of = (name: string, version: string, state: ModelState, reason?: string) => ({
    ...{ name, version, state },
    ...(reason === undefined ? {} : { reason }),
  });
  assert.deepEqual(
    mergeStatuses([
      of("b", "2", "end"),
      of("b", "10", "loading"),
      of("a", "1", "end"),
      of("b", "2", "available"),
      of("a", "1", "end", "broken"),
      of("b", "10", "end", "broken"),
    ]),
    [of("a", "1", "end", "broken"), of("b", "10", "loading"), of("b", "2", "available")],
  );
});

const having = fakeReport({ models: { identity: "available" } });

test("what a backend has that cannot be asked is not available", () => {
  for (const [view, state] of [
    [fakeView({ report: having, routable: true }), "available"],
    [fakeView({ report: { ...having, draining: true } }), "unloading"],
    [fakeView({ report: { ...having, ready: false } }), "loading"],
    [fakeView({ report: having, problem: "refuses the connection" }), "end"],
    [fakeView({ report: having, ejected: true }), "end"],
  ] as const) {
    const [status] = statusesOf([view]);
    assert.deepEqual([status?.state, status?.reason !== undefined], [state, state !== "available"]);
  }
});

for (const [what, views, version, code] of [
  ["nobody is known", [], undefined, "unavailable"],
  ["somebody was not heard", [fakeView({ report: having, routable: true }), fakeView({})], "9", "unavailable"],
  [
    "all were heard, and none has the version",
    [fakeView({ report: having, routable: true })],
    "9",
    "version-not-found",
  ],
  [
    "it has ended everywhere",
    [fakeView({ report: fakeReport({ models: { identity: "end" } }) })],
    undefined,
    "model-not-ready",
  ],
  ["who has it does not answer", [fakeView({ report: having, problem: "gone" })], "1", "unavailable"],
  [
    "it is there under another name",
    [fakeView({ report: fakeReport({ models: { other: "available" } }), routable: true })],
    undefined,
    "model-not-found",
  ],
] as const) {
  test(`${what}: ${code}`, () => {
    const model = version === undefined ? { name: "identity" } : { name: "identity", version };
    assert.equal(noBackend(model, views).code, code);
  });
}

test("clients are not told where backends are", () => {
  const view = fakeView({ report: having, problem: "https://10.0.0.7:9000 refuses the connection" });
  assert.doesNotMatch(noBackend({ name: "identity" }, [view]).message, /10\.0\.0\.7/);
});

test("a reason that several backends have is told once, with their number", () => {
  const gone = fakeView({ report: having, problem: "gone" });
  const starting = fakeView({ report: { ...having, ready: false } });
  const { facts } = noBackend({ name: "identity" }, [gone, starting, gone, gone]);
  const reason = "its backend does not answer (3 backends); its backend is starting";
  assert.deepEqual(facts, { what: "a backend for model 'identity'", reason });
});
