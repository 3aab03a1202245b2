// What a frontend sees of each backend, under names of our own.
import { Registry } from "prom-client";
import type { BackendView } from "../routing/backend-view.ts";
import { addPulled } from "./pulled-metric.ts";

type Read = (backend: BackendView) => number | null;

const series: readonly (readonly [type: "counter" | "gauge", name: string, help: string, read: Read])[] = [
  ["gauge", "outstanding", "Requests in flight at the backend", (b) => b.outstanding],
  ["counter", "requests_total", "Requests sent to the backend", (b) => b.requests],
  ["counter", "failures_total", "Requests that the backend did not answer", (b) => b.failures],
  ["gauge", "routable", "1 where requests go to the backend", (b) => Number(b.routable)],
  ["gauge", "ejected", "1 where the backend is left out after failures or silence", (b) => Number(b.ejected)],
  [
    "gauge",
    "report_age_seconds",
    "Time since the backend's last report",
    (b) => (b.reportAge === null ? null : b.reportAge / 1000),
  ],
];

/** Prometheus text at each call, with the label `backend`. Counters begin anew for a backend that is found again. */
export function backendMetrics(views: () => readonly BackendView[]): () => Promise<string> {
  const registry = new Registry();
  let backends: readonly BackendView[] = [];
  for (const [type, name, help, read] of series) {
    const samples = () =>
      backends.flatMap((backend) => {
        const value = read(backend);
        return value === null ? [] : [{ labels: { backend: backend.url }, value }];
      });
    addPulled(registry, { type, name: `sealserve_backend_${name}`, help, labels: ["backend"], read: samples });
  }
  return () => {
    backends = views();
    return registry.metrics();
  };
}
