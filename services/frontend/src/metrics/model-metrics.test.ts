// Metrics of models and workers: what is declared, what is detected, what is too much, and the same as lines of a file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { openMetricLog } from "./metric-log.ts";
import { type ModelMetric, ModelMetrics, type ModelMetricsOptions } from "./model-metrics.ts";
import { torchserveMetrics } from "./torchserve-metrics.ts";

const metric: ModelMetric = {
  ...{ name: "PredictionTime", unit: "Milliseconds", value: 2, kind: "gauge", hostname: "here" },
  dimensions: { ModelName: "echo", Level: "Model" },
};

async function shown(options: ModelMetricsOptions, ...taken: readonly Partial<ModelMetric>[]): Promise<string[]> {
  const registry = new Registry();
  const metrics = new ModelMetrics(options, registry);
  for (const each of taken) metrics.take({ ...metric, ...each });
  return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("a declared metric is shown with the host behind its dimensions; others only where they are detected", async () => {
  const own = 'PredictionTime{ModelName="echo",Level="Model",Hostname="here"} 2';
  const other = { name: "Rows", kind: "counter", dimensions: { Kind: "a" } } as const;
  assert.deepEqual(await shown({ autoDetect: false }, {}, other), [own]);
  assert.deepEqual(await shown({ autoDetect: true }, {}, other, other), [own, 'Rows{Kind="a",Hostname="here"} 4']);
  const declared = [{ name: "PredictionTime", kind: "gauge", unit: "ms", dimensions: ["Level", "Zone"] }] as const;
  assert.deepEqual(await shown({ autoDetect: false, declared }, {}), [
    'PredictionTime{Level="Model",Zone="",Hostname="here"} 2',
  ]);
});

test("what no exposition can hold is passed over, and harms nothing", async () => {
  const wrong: readonly Partial<ModelMetric>[] = [
    { name: "two words" },
    { name: "Bad", dimensions: { "a b": "c" } },
    { name: "Bad", dimensions: { __name__: "c" } },
    { name: "Sum", kind: "counter", value: -1 },
    { name: "Fine", value: 1, dimensions: {} },
  ];
  assert.deepEqual(await shown({ autoDetect: true }, ...wrong), ['Fine{Hostname="here"} 1']);
});

test("a handler cannot fill the memory with series", async () => {
  const many = Array.from({ length: 20_100 }, (_, i) => ({ dimensions: { ModelName: String(i), Level: "Model" } }));
  assert.equal((await shown({ autoDetect: true }, ...many)).length, 20_000);
});

const parts = {
  statistics: () => [],
  knows: (model: string) => model === "echo",
  hostname: "here",
  machine: {
    processors: () => ({ busy: 1, total: 4 }),
    memory: () => ({ total: 4, available: 1 }),
    disk: () => ({ total: 4, available: 1 }),
  },
};
const worker = { model: "echo", version: "1.0", instance: 3 };

test("workers tell how long they loaded; a machine of which nothing shall be told is not among them", async () => {
  const metrics = torchserveMetrics({ ...parts, systemMetrics: false });
  metrics.take({ ...worker, type: "ready", duration: 12.4 });
  metrics.take({ ...worker, type: "metric", requestId: null, ...metric });
  const text = await metrics.text([]);
  assert.match(text, /^WorkerLoadTime\{WorkerName="W-3-echo_1\.0",Level="Host",Hostname="here"\} 12$/m);
  assert.match(text, /^PredictionTime\{.*\} 2$/m);
  assert.doesNotMatch(text, /^(?:CPUUtilization|MemoryUsed)/m);
  assert.match(text, /^# TYPE CPUUtilization gauge$/m);
  assert.equal(await metrics.text(["HandlerTime", "GPUUtilization", "not_there"]), "");
  assert.match(await metrics.text(["WorkerLoadTime"]), /^WorkerLoadTime\{/m);
  assert.match(await torchserveMetrics(parts).text([]), /^# TYPE GPUUtilization gauge$/m);
});

test("lines of files are the original's", async () => {
  const lines: string[] = [];
  let look = (): void => {};
  const setTimer = (_: number, act: () => void) => {
    look = act;
    return { cancel: () => {} };
  };
  const metrics = torchserveMetrics(parts);
  using log = openMetricLog(
    { interval: 1, writeServer: (line) => lines.push(line), writeModel: (line) => lines.push(line) },
    { ...parts, metrics, clock: { epoch: () => 5_600, setTimer } },
  );
  const request = { route: "predict", method: "POST", path: "/", error: null, duration: 1.5 };
  log.observe({ ...request, protocol: "torchserve.inference", captured: { model: "echo" }, status: 200 });
  log.observe({ ...request, protocol: "torchserve.inference", captured: { model: "none" }, status: 404 });
  log.observe({ ...request, protocol: "openInference.http", captured: { model: "echo" }, status: 200 });
  log.take({ ...worker, type: "metric", requestId: "r1", ...metric });
  assert.deepEqual(lines.splice(0), [
    "Requests2XX.Count:1.0|#Level:Host|#hostname:here,timestamp:5",
    "ts_inference_requests_total.Count:1.0|#model_name:echo,model_version:default|#hostname:here,timestamp:5",
    "ts_inference_latency_microseconds.Microseconds:1500.0|#model_name:echo,model_version:default|#hostname:here,timestamp:5",
    "Requests4XX.Count:1.0|#Level:Host|#hostname:here,timestamp:5",
    "PredictionTime.Milliseconds:2.0|#ModelName:echo,Level:Model|#hostname:here,requestID:r1,timestamp:5",
  ]);
  look();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(lines.includes("DiskUtilization.Percent:75.0|#Level:Host|#hostname:here,timestamp:5"), lines.join("\n"));
});
