// metrics.yaml: what handlers may show, and what no list of metrics is.
import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { readMetricsConfig } from "./metrics-config.ts";

test("the metrics of models, of every kind, with dimensions by reference", () => {
  const yaml = `
dimensions: [&model "ModelName"]
ts_metrics: { counter: [{ name: Requests2XX, unit: Count, dimensions: [] }] }
model_metrics:
  counter: [{ name: Rows, unit: Count, dimensions: [*model, Zone] }]
  gauge: [{ name: Heat, unit: C }]
  histogram:
`;
  deepEqual(readMetricsConfig(yaml), [
    { name: "Rows", kind: "counter", unit: "Count", dimensions: ["ModelName", "Zone"] },
    { name: "Heat", kind: "gauge", unit: "C", dimensions: [] },
  ]);
  deepEqual(readMetricsConfig(""), []);
});

test("what is no such file is refused", () => {
  for (const yaml of ["a: [", "model_metrics: { gauge: 5 }", "model_metrics: { gauge: [{ name: a }] }"]) {
    throws(() => readMetricsConfig(yaml), { code: "value-refused" }, yaml);
  }
});
