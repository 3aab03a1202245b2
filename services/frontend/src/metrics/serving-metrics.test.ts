// The metrics as the clients of each protocol scrape them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "@sealserve/server";
import type { VersionStatistics } from "@sealserve/serving";
import type { Machine } from "./machine.ts";
import { servingMetrics } from "./serving-metrics.ts";

const none = { count: 0, ns: 0 };

const resnet: VersionStatistics = {
  model: "resnet",
  version: "2",
  lastInference: 1,
  inferenceCount: 20,
  executionCount: 5,
  success: { count: 10, ns: 30_000_000 },
  fail: { count: 3, ns: 1_000 },
  failures: { rejected: 1, cancelled: 2, engine: 0, other: 0 },
  queue: { count: 10, ns: 5_000_999 },
  computeInput: { count: 5, ns: 1_000 },
  computeInfer: { count: 5, ns: 20_000_000 },
  computeOutput: none,
  batches: [],
  pending: 5,
  waiting: 4,
};

function fakeMachine(): Machine {
  let readings = 0;
  return {
    processors() {
      readings++;
      return { busy: readings * 25, total: readings * 100 };
    },
    memory: () => ({ total: 4 * 1024 ** 3, available: 1024 ** 3 }),
    disk: () => ({ total: 10 * 1024 ** 3, available: 4 * 1024 ** 3 }),
  };
}

function metrics(statistics: readonly VersionStatistics[] = [resnet]) {
  return servingMetrics({
    statistics: () => statistics,
    knows: (model, version) => model === "resnet" && (version === null || version === "2"),
    machine: fakeMachine(),
    hostname: "here",
    clock: { now: () => 0 },
  });
}

function exchange(protocol: string, captured: Exchange["captured"], status = 200): Exchange {
  return { protocol, route: "predict", captured, method: "POST", path: "/", status, error: null, duration: 2 };
}

/** The lines of a text that begin with `name`, without the help. */
function lines(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(name));
}

test("what only engines tell is left out where they are in other processes", async () => {
  const none: readonly VersionStatistics[] = [resnet];
  const parts = { statistics: () => none, knows: () => true, machine: fakeMachine(), hostname: "here" };
  const apart = servingMetrics({ ...parts, clock: { now: () => 0 }, enginesElsewhere: true });
  const triton = await apart.triton();
  for (const left of ["exec_count", "queue_duration_us", "compute", "pending"])
    assert.deepEqual(lines(triton, `nv_inference_${left}`), [], left);
  for (const kept of ["request_success", "request_failure", "count", "request_duration_us"])
    assert.notDeepEqual(lines(triton, `nv_inference_${kept}`), [], kept);
  const torchserve = await apart.torchserve([]);
  assert.deepEqual(lines(torchserve, "ts_queue_latency"), []);
  assert.deepEqual(lines(torchserve, "QueueTime"), []);
});

test("Triton's counters are the statistics, in microseconds", async () => {
  const text = await metrics().triton();
  const labels = '{model="resnet",version="2"}';
  for (const line of [
    `nv_inference_request_success${labels} 10`,
    `nv_inference_count${labels} 20`,
    `nv_inference_exec_count${labels} 5`,
    `nv_inference_request_duration_us${labels} 30000`,
    `nv_inference_queue_duration_us${labels} 5000`,
    `nv_inference_compute_input_duration_us${labels} 1`,
    `nv_inference_compute_infer_duration_us${labels} 20000`,
    `nv_inference_compute_output_duration_us${labels} 0`,
    `nv_inference_pending_request_count${labels} 4`,
    'nv_inference_request_failure{model="resnet",version="2",reason="REJECTED"} 1',
    'nv_inference_request_failure{model="resnet",version="2",reason="CANCELED"} 2',
    'nv_inference_request_failure{model="resnet",version="2",reason="BACKEND"} 0',
    "nv_cpu_utilization 0.25",
    `nv_cpu_memory_used_bytes ${3 * 1024 ** 3}`,
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  assert.ok(text.includes("# TYPE nv_inference_count counter"));
});

test("a scrape reads anew, and does not add to the one before", async () => {
  const scraped = metrics();
  assert.deepEqual(
    lines(await scraped.triton(), "nv_inference_count"),
    lines(await scraped.triton(), "nv_inference_count"),
  );
});

test("TorchServe counts statuses of all its listeners, and predictions by the version that was asked", async () => {
  const scraped = metrics();
  scraped.observe(exchange("torchserve.inference", { model: "resnet" }));
  scraped.observe(exchange("torchserve.inference", { model: "resnet" }));
  scraped.observe(exchange("torchserve.inference", { model: "resnet", version: "2" }, 503));
  scraped.observe({ ...exchange("torchserve.management", {}, 404), route: null });
  scraped.observe(exchange("openInference.http", { model: "resnet" }));
  const text = await scraped.torchserve([]);
  for (const line of [
    'Requests2XX{Level="Host",Hostname="here"} 2',
    'Requests4XX{Level="Host",Hostname="here"} 1',
    'Requests5XX{Level="Host",Hostname="here"} 1',
    'ts_inference_requests_total{model_name="resnet",model_version="default",hostname="here"} 2',
    'ts_inference_requests_total{model_name="resnet",model_version="2",hostname="here"} 1',
    'ts_inference_latency_microseconds{model_name="resnet",model_version="default",hostname="here"} 4000',
    'ts_inference_latency_microseconds{model_name="resnet",model_version="2",hostname="here"} 0',
    'ts_queue_latency_microseconds{model_name="resnet",model_version="2",hostname="here"} 5000',
    'QueueTime{Level="Host",Hostname="here"} 0.5000999',
    'CPUUtilization{Level="Host",Hostname="here"} 25',
    'MemoryUsed{Level="Host",Hostname="here"} 3072',
    'MemoryUtilization{Level="Host",Hostname="here"} 75',
    'DiskUsage{Level="Host",Hostname="here"} 6',
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  assert.ok(text.includes("# HELP Requests2XX Torchserve prometheus counter metric with unit: Count"));
});

test("TorchServe gives only the metrics that were named", async () => {
  const text = await metrics().torchserve(["MemoryUsed", "Requests2XX", "MemoryUsed", "no_such_metric"]);
  assert.deepEqual(lines(text, "# TYPE"), ["# TYPE MemoryUsed gauge", "# TYPE Requests2XX counter"]);
});

test("TensorFlow Serving counts by model and code, and measures successes", async () => {
  const scraped = metrics();
  for (const status of [200, 200, 400, 503])
    scraped.observe(exchange("tensorflowServing.rest", { model: "resnet" }, status));
  const text = await scraped.tensorflowServing();
  assert.deepEqual(lines(text, ":tensorflow:serving:request_count"), [
    ':tensorflow:serving:request_count{model_name="resnet",status="OK"} 2',
    ':tensorflow:serving:request_count{model_name="resnet",status="INVALID_ARGUMENT"} 1',
    ':tensorflow:serving:request_count{model_name="resnet",status="UNAVAILABLE"} 1',
  ]);
  const labels = 'model_name="resnet",API="predict",entrypoint="REST"';
  const buckets = lines(text, ":tensorflow:serving:request_latency_bucket");
  assert.equal(buckets.length, 34);
  assert.equal(buckets[0], `:tensorflow:serving:request_latency_bucket{le="10",${labels}} 0`);
  assert.equal(buckets.at(-1), `:tensorflow:serving:request_latency_bucket{le="+Inf",${labels}} 2`);
  assert.ok(text.includes(`:tensorflow:serving:request_latency_sum{${labels}} 4000`));
  assert.deepEqual(lines(text, "# HELP"), []);
});

test("names that clients invent make no series", async () => {
  const scraped = metrics();
  for (let i = 0; i < 1_000; i++) {
    scraped.observe(exchange("tensorflowServing.rest", { model: `invented${i}` }, 404));
    scraped.observe(exchange("torchserve.inference", { model: `invented${i}` }, 404));
    scraped.observe(exchange("torchserve.inference", { model: "resnet", version: `${i + 3}` }, 404));
  }
  assert.deepEqual(lines(await scraped.tensorflowServing(), ":tensorflow:serving:request_count"), [
    ':tensorflow:serving:request_count{model_name="",status="NOT_FOUND"} 1000',
  ]);
  assert.deepEqual(lines(await scraped.torchserve([]), "ts_inference_requests_total"), []);
});
