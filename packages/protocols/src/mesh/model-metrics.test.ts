// The metrics that a backend tells: what is read as it was written, and what is more than a backend that is honest can keep.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelMetricFamily, modelMetricLimits, readModelMetrics, writeModelMetrics } from "./model-metrics.ts";

const family = (name: string, series: number, host = "here"): ModelMetricFamily => ({
  ...{ name, kind: "counter", unit: "Count", labels: ["Hostname", "Level"] },
  series: Array.from({ length: series }, () => ({ values: [host, "Model"], value: 1, age: 0, counts: null })),
});

test("what a backend wrote is read", () => {
  const told = { instance: "i", metrics: [family("a", 2), family("b", modelMetricLimits.series - 2)] };
  assert.deepEqual(readModelMetrics(writeModelMetrics(told)), told);
});

test("more series than a backend keeps, and longer ones, are refused", () => {
  const most = modelMetricLimits.series;
  for (const metrics of [
    [family("a", most), family("b", 1)],
    [family("a", 1, "h".repeat(modelMetricLimits.seriesLength))],
  ]) {
    const told = writeModelMetrics({ instance: "i", metrics });
    assert.throws(() => readModelMetrics(told), { code: "malformed" });
  }
});
