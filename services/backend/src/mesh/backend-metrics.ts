// What a backend tells those who watch it.
import type { MeshMembership } from "@sealserve/client/proving";
import {
  type Draining,
  exposition,
  type Metric,
  type ModelMetrics,
  modelMetricText,
  type Sample,
} from "@sealserve/server";
import type { VersionStatistics } from "@sealserve/serving";
import type { Backend } from "../backend.ts";

export interface BackendMetricsParts {
  readonly backend: Backend;
  /** What the code of models tells. */
  readonly modelMetrics: Pick<ModelMetrics, "families">;
  readonly ready: () => boolean;
  readonly drain: Draining;
  readonly mesh: MeshMembership | null;
}

/** Prometheus' text at each call. Counters of a version start anew when it is loaded anew. */
export function backendMetrics({
  backend,
  modelMetrics,
  ready,
  drain,
  mesh,
}: BackendMetricsParts): () => Promise<string> {
  return async () => {
    const statuses = await backend.service.list();
    const versions = backend.statistics();
    const own = exposition([
      gauge("sealserve_ready", "1: requests may come", [{ value: Number(ready()) }]),
      gauge("sealserve_draining", "1: it finishes what it has and will go", [{ value: Number(drain.begun) }]),
      gauge(
        "sealserve_model_state",
        "1 for the state that a version is in",
        statuses.map(({ name, version, state }) => ({ labels: { model: name, version, state }, value: 1 })),
      ),
      gauge(
        "sealserve_model_waiting_requests",
        "Requests that wait for an engine",
        of(versions, (v) => v.waiting),
      ),
      counter("sealserve_model_requests_total", "Requests by what became of them", versions.flatMap(outcomes)),
      counter(
        "sealserve_model_executions_total",
        "Batches that engines ran",
        of(versions, (v) => v.executionCount),
      ),
      counter(
        "sealserve_model_rows_total",
        "Rows that engines answered",
        of(versions, (v) => v.inferenceCount),
      ),
      counter(
        "sealserve_model_queue_seconds_total",
        "Time that requests waited for an engine",
        of(versions, (v) => v.queue.ns / 1e9),
      ),
      counter(
        "sealserve_model_compute_seconds_total",
        "Time that engines took for requests, by what they did",
        versions.flatMap(computed),
      ),
      ...(mesh ? [certificateEnd(mesh)] : []),
    ]);
    return own + modelMetrics.families().map(modelMetricText).join("");
  };
}

function certificateEnd({ current }: MeshMembership): Metric {
  const name = "sealserve_mesh_certificate_end_seconds";
  return gauge(name, "When the mesh certificate ends, in seconds since 1970", [
    { value: Math.floor(current.notAfter.getTime() / 1000) },
  ]);
}

function of(versions: readonly VersionStatistics[], read: (version: VersionStatistics) => number): Sample[] {
  return versions.map((each) => ({ labels: { model: each.model, version: each.version }, value: read(each) }));
}

function outcomes({ model, version, success, failures }: VersionStatistics): Sample[] {
  const counted = { success: success.count, ...failures };
  return Object.entries(counted).map(([outcome, value]) => ({ labels: { model, version, outcome }, value }));
}

function computed({ model, version, computeInput, computeInfer, computeOutput }: VersionStatistics): Sample[] {
  const steps = { input: computeInput, infer: computeInfer, output: computeOutput };
  return Object.entries(steps).map(([step, { ns }]) => ({ labels: { model, version, step }, value: ns / 1e9 }));
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}
