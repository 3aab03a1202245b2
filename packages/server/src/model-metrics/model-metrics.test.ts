// Metrics of models: what is declared, what is detected, what is too much, and what several processes tell together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelMetric, ModelMetrics, type ModelMetricsOptions } from "./model-metrics.ts";
import { modelMetricText } from "./model-metrics-text.ts";

const metric: ModelMetric = {
  ...{ name: "PredictionTime", unit: "Milliseconds", value: 2, kind: "gauge", hostname: "here" },
  dimensions: { ModelName: "echo", Level: "Model" },
};

let now = 0;
const parts = { isTaken: (name: string) => name === "MemoryUsed", now: () => now };

function linesOf(metrics: ModelMetrics): string[] {
  const text = metrics.families().map(modelMetricText).join("\n");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function told(options: ModelMetricsOptions, ...taken: readonly Partial<ModelMetric>[]): ModelMetrics {
  const metrics = new ModelMetrics(options, parts);
  for (const each of taken) metrics.take({ ...metric, ...each });
  return metrics;
}

function shown(options: ModelMetricsOptions, ...taken: readonly Partial<ModelMetric>[]): string[] {
  return linesOf(told(options, ...taken));
}

test("a declared metric is shown with the host behind its dimensions; others only where they are detected", () => {
  const own = 'PredictionTime{ModelName="echo",Level="Model",Hostname="here"} 2';
  const other = { name: "Rows", kind: "counter", dimensions: { Kind: "a" } } as const;
  assert.deepEqual(shown({ autoDetect: false }, {}, other), [own]);
  assert.deepEqual(shown({ autoDetect: true }, {}, other, other), [own, 'Rows{Kind="a",Hostname="here"} 4']);
  const declared = [{ name: "PredictionTime", kind: "gauge", unit: "ms", dimensions: ["Level", "Zone"] }] as const;
  assert.deepEqual(shown({ autoDetect: false, declared }, {}), [
    'PredictionTime{Level="Model",Zone="",Hostname="here"} 2',
  ]);
});

test("what no exposition can hold is passed over, and harms nothing", () => {
  const wrong: readonly Partial<ModelMetric>[] = [
    { name: "two words" },
    { name: "MemoryUsed" },
    { name: "Bad", dimensions: { "a b": "c" } },
    { name: "Bad", kind: "histogram", dimensions: { le: "1" } },
    { name: "None", value: Number.NaN },
    { name: "Bad", dimensions: { __name__: "c" } },
    { name: "Sum", kind: "counter", value: -1 },
    { name: "Long", dimensions: { Long: "x".repeat(2000) } },
    { name: "Fine", value: 1, dimensions: {} },
  ];
  assert.deepEqual(shown({ autoDetect: true }, ...wrong), ['Fine{Hostname="here"} 1']);
});

test("a handler cannot fill the memory with series", () => {
  const many = Array.from({ length: 20_100 }, (_, i) => ({ dimensions: { ModelName: String(i), Level: "Model" } }));
  assert.equal(shown({ autoDetect: true }, ...many).length, 20_000);
});

test("a histogram counts by bounds", () => {
  const time = { name: "Time", kind: "histogram", dimensions: {} } as const;
  const lines = shown({ autoDetect: true }, { ...time, value: 0.3 }, { ...time, value: 0.5 }, { ...time, value: 70 });
  assert.equal(lines.length, 14);
  for (const line of [
    '{le="0.25",Hostname="here"} 0',
    '{le="0.5",Hostname="here"} 2',
    '{le="+Inf",Hostname="here"} 3',
  ]) {
    assert.ok(lines.includes(`Time_bucket${line}`), lines.join("\n"));
  }
  assert.deepEqual(lines.slice(-2), ['Time_sum{Hostname="here"} 70.8', 'Time_count{Hostname="here"} 3']);
});

test("of several processes sums are added, and of gauges with the same labels the latest holds", () => {
  const rows = { name: "Rows", kind: "counter", dimensions: {} } as const;
  const time = { name: "Time", kind: "histogram", dimensions: {} } as const;
  const heat = { name: "Heat", kind: "gauge", dimensions: {} } as const;
  now = 10;
  const one = told({ autoDetect: true }, { ...rows, value: 2 }, { ...time, value: 1 }, { ...heat, value: 50 });
  one.take({ ...metric, ...heat, value: 20, hostname: "there" });
  now = 20;
  const other = told({ autoDetect: true }, { ...rows, value: 3 }, { ...time, value: 2 }, { ...heat, value: 40 });
  now = 30;
  const together = new ModelMetrics({ autoDetect: true }, parts);
  for (const each of [...other.families(), ...one.families()]) together.add(each);
  const lines = linesOf(together);
  for (const line of [
    'Rows{Hostname="here"} 5',
    'Time_bucket{le="1",Hostname="here"} 1',
    'Time_bucket{le="2.5",Hostname="here"} 2',
    'Time_sum{Hostname="here"} 3',
    'Heat{Hostname="here"} 40',
    'Heat{Hostname="there"} 20',
  ]) {
    assert.ok(lines.includes(line), lines.join("\n"));
  }
});

test("one that two processes have in different kinds is shown as the first says", () => {
  const together = told({ autoDetect: true }, { name: "Rows", kind: "counter", dimensions: {}, value: 2 });
  for (const each of told({ autoDetect: true }, { name: "Rows", kind: "gauge", dimensions: {} }).families())
    together.add(each);
  assert.deepEqual(linesOf(together), ['Rows{Hostname="here"} 2']);
});
