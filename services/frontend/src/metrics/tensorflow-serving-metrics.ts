// The metrics of TensorFlow Serving's REST port, under its names.
import type { Exchange } from "@sealserve/server";
import { Histogram, Registry } from "prom-client";
import { addPulled } from "./pulled-metric.ts";
import { RequestTally } from "./request-tally.ts";

export interface TensorflowServingMetricsParts {
  knows(model: string, version: string | null): boolean;
}

export interface TensorflowServingMetrics {
  observe(exchange: Exchange): void;
  text(): Promise<string>;
}

/** Upper bounds of the latency's buckets, in microseconds: 10 · 1.8^k for 33 k (`servables/tensorflow/util.cc`). */
const buckets = Array.from({ length: 33 }, (_, k) => 10 * 1.8 ** k);

/** Names of the canonical codes by the HTTP statuses that they leave with (`http_server.cc`). */
const codes: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

export function tensorflowServingMetrics({ knows }: TensorflowServingMetricsParts): TensorflowServingMetrics {
  const registry = new Registry();
  const requests = new RequestTally();
  addPulled(registry, {
    type: "counter",
    name: ":tensorflow:serving:request_count",
    help: "requests",
    labels: ["model_name", "status"],
    *read() {
      for (const [model_name, status, { requests: value }] of requests.entries()) {
        yield { labels: { model_name, status }, value };
      }
    },
  });
  const latency = new Histogram({
    name: ":tensorflow:serving:request_latency",
    help: "microseconds",
    labelNames: ["model_name", "API", "entrypoint"],
    buckets,
    registers: [registry],
  });
  return {
    observe({ route, captured, status, duration }) {
      if (route === "metrics") return;
      const model = captured["model"] ?? "";
      const known = knows(model, null);
      const code = status < 300 ? "OK" : (codes[status] ?? "INTERNAL");
      requests.of(known ? model : "", code).requests++;
      if (known && route === "predict" && code === "OK")
        latency.labels(model, "predict", "REST").observe(duration * 1000);
    },
    // The original writes no help lines (`util/prometheus_exporter.cc`).
    text: async () => (await registry.metrics()).replace(/^# HELP .*\n/gm, ""),
  };
}
