// Metrics of workers and models at TorchServe's listener, and the same as lines of a file.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelMetric } from "@sealserve/server";
import { openMetricLog } from "./metric-log.ts";
import { torchserveMetrics } from "./torchserve-metrics.ts";

const metric: ModelMetric = {
  ...{ name: "PredictionTime", unit: "Milliseconds", value: 2, kind: "gauge", hostname: "here" },
  dimensions: { ModelName: "echo", Level: "Model" },
};
const parts = {
  statistics: () => [],
  knows: (model: string) => model === "echo",
  hostname: "here",
  clock: { now: () => 0 },
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

test("what models told elsewhere is shown in place of what they tell here, but for names of the server's own", async () => {
  const family = { kind: "gauge", unit: "C", labels: ["Hostname"] } as const;
  const series = [{ values: ["there"], value: 7, age: 0, counts: null }];
  const modelMetricsElsewhere = async () => [
    { ...family, name: "Heat", series },
    { ...family, name: "MemoryUsed", series },
  ];
  const metrics = torchserveMetrics({ ...parts, modelMetricsElsewhere });
  const text = await metrics.text([]);
  assert.match(text, /^Heat\{Hostname="there"\} 7$/m);
  assert.equal(text.split('"there"').length, 2);
  assert.match(
    await metrics.text(["Heat", "MemoryUsed"]),
    /^# HELP Heat .*\n# TYPE Heat gauge\nHeat\{.*\} 7\n\n# HELP MemoryUsed/,
  );
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
    { ...parts, metrics, modelMetrics: { autoDetect: false }, clock: { epoch: () => 5_600, setTimer } },
  );
  const request = { route: "predict", method: "POST", path: "/", error: null, duration: 1.5 };
  log.observe({ ...request, protocol: "torchserve.inference", captured: { model: "echo" }, status: 200 });
  log.observe({ ...request, protocol: "torchserve.inference", captured: { model: "none" }, status: 404 });
  log.observe({ ...request, protocol: "openInference.http", captured: { model: "echo" }, status: 200 });
  log.take({ ...worker, type: "metric", requestId: "r1", ...metric });
  log.take({ ...worker, type: "metric", requestId: "r1", ...metric, name: "NotDeclared" });
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
