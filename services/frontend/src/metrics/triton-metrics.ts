// The metrics of Triton's port 8002, under Triton's names.
import type { FailureReason, VersionStatistics } from "@sealserve/serving";
import { Registry } from "prom-client";
import { type Machine, processorShare } from "./machine.ts";
import { addPulled } from "./pulled-metric.ts";

export interface TritonMetricsParts {
  statistics(): readonly VersionStatistics[];
  readonly machine: Machine;
  /** Neither executions nor queues are known here. */
  readonly enginesElsewhere?: true;
}

type Read = (version: VersionStatistics) => number;

const micros = (ns: number): number => Math.floor(ns / 1000);

/** All counters have the labels `model` and `version`. */
const requestCounters: readonly (readonly [name: string, help: string, read: Read])[] = [
  ["nv_inference_request_success", "Number of successful inference requests, all batch sizes", (v) => v.success.count],
  ["nv_inference_count", "Number of inferences performed (does not include cached requests)", (v) => v.inferenceCount],
  [
    "nv_inference_request_duration_us",
    "Cumulative inference request duration in microseconds",
    (v) => micros(v.success.ns),
  ],
];
const engineCounters: typeof requestCounters = [
  [
    "nv_inference_exec_count",
    "Number of model executions performed (does not include cached requests)",
    (v) => v.executionCount,
  ],
  [
    "nv_inference_queue_duration_us",
    "Cumulative inference queuing duration in microseconds",
    (v) => micros(v.queue.ns),
  ],
  [
    "nv_inference_compute_input_duration_us",
    "Cumulative compute input duration in microseconds",
    (v) => micros(v.computeInput.ns),
  ],
  [
    "nv_inference_compute_infer_duration_us",
    "Cumulative compute inference duration in microseconds",
    (v) => micros(v.computeInfer.ns),
  ],
  [
    "nv_inference_compute_output_duration_us",
    "Cumulative inference compute output duration in microseconds",
    (v) => micros(v.computeOutput.ns),
  ],
];

const reasons: Readonly<Record<FailureReason, string>> = {
  rejected: "REJECTED",
  cancelled: "CANCELED",
  engine: "BACKEND",
  other: "OTHER",
};

/** Prometheus text at each call. Counters of a version start anew when it is loaded anew. */
export function tritonMetrics({ statistics, machine, enginesElsewhere }: TritonMetricsParts): () => Promise<string> {
  const registry = new Registry();
  let versions: readonly VersionStatistics[] = [];
  const labels = ["model", "version"] as const;
  const perVersion = (type: "counter" | "gauge", name: string, help: string, read: Read) => {
    const samples = () =>
      versions.map((each) => ({ labels: { model: each.model, version: each.version }, value: read(each) }));
    addPulled(registry, { type, name, help, labels, read: samples });
  };
  for (const [name, help, read] of requestCounters) perVersion("counter", name, help, read);
  if (!enginesElsewhere) {
    for (const [name, help, read] of engineCounters) perVersion("counter", name, help, read);
    perVersion(
      "gauge",
      "nv_inference_pending_request_count",
      "Instantaneous number of pending requests awaiting execution per-model",
      (v) => v.waiting,
    );
  }
  addPulled(registry, {
    type: "counter",
    name: "nv_inference_request_failure",
    help: "Number of failed inference requests, all batch sizes",
    labels: [...labels, "reason"],
    *read() {
      for (const { model, version, failures } of versions) {
        for (const [reason, text] of Object.entries(reasons)) {
          yield { labels: { model, version, reason: text }, value: failures[reason as FailureReason] };
        }
      }
    },
  });
  addMachine(registry, machine);
  return () => {
    versions = statistics();
    return registry.metrics();
  };
}

function addMachine(registry: Registry, machine: Machine): void {
  const share = processorShare(machine);
  const gauge = (name: string, help: string, read: () => number) =>
    addPulled(registry, { type: "gauge", name, help, labels: [], read: () => [{ labels: {}, value: read() }] });
  gauge("nv_cpu_utilization", "CPU utilization rate [0.0 - 1.0]", share);
  gauge("nv_cpu_memory_total_bytes", "CPU total memory (RAM), in bytes", () => machine.memory().total);
  gauge("nv_cpu_memory_used_bytes", "CPU used memory (RAM), in bytes", () => {
    const { total, available } = machine.memory();
    return total - available;
  });
}
