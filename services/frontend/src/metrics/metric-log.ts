// TorchServe's metrics as lines of log files: one for each request, for each metric of a model, and for the machine from time to time.
// Source: TorchServe, docs/metrics.md, and the lines of version 0.12.
import { type Exchange, isDeclared, type ModelMetricsOptions } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { EngineReport } from "./engine-report.ts";
import type { TorchserveMetrics } from "./torchserve-metrics.ts";

export interface MetricLog {
  /** Milliseconds between two looks at the machine. */
  readonly interval: number;
  /** Each takes a line without its end, for which it knows the time. */
  writeServer(line: string): void;
  writeModel(line: string): void;
}

export interface MetricLogParts {
  readonly metrics: Pick<TorchserveMetrics, "gauges">;
  knows(model: string, version: string | null): boolean;
  /** Which metrics of models are written; left out: all. */
  readonly modelMetrics?: ModelMetricsOptions;
  readonly hostname: string;
  readonly clock: Pick<Clock, "epoch" | "setTimer">;
}

/** Disposing ends the looks at the machine. */
export interface OpenedMetricLog extends Disposable {
  observe(exchange: Exchange): void;
  take(report: EngineReport): void;
}

export function openMetricLog(
  { interval, writeServer, writeModel }: MetricLog,
  parts: MetricLogParts,
): OpenedMetricLog {
  const { metrics, knows, hostname, clock, modelMetrics = { autoDetect: true } } = parts;
  const seconds = (): number => Math.floor(clock.epoch() / 1000);
  const line = (name: string, unit: string, value: number, dimensions: Readonly<Record<string, string>>): string => {
    const text = Object.entries(dimensions)
      .map(([key, of]) => `${key}:${of}`)
      .join(",");
    return `${name}.${unit}:${decimal(value)}|#${text}|#hostname:${hostname},timestamp:${seconds()}`;
  };
  let ended = false;
  let timer = clock.setTimer(interval, () => void look());
  async function look(): Promise<void> {
    for (const { name, unit, value, labels } of await metrics.gauges()) {
      const { Hostname: _, ...dimensions } = labels;
      if (!ended) writeServer(line(name, unit, value, dimensions));
    }
    if (!ended) timer = clock.setTimer(interval, () => void look());
  }
  return {
    observe({ protocol, route, captured, status, duration, method }) {
      if (!protocol.startsWith("torchserve.")) return;
      const kind = Math.floor(status / 100);
      const isCounted = method !== "gRPC" && (kind === 2 || kind === 4 || kind === 5);
      if (isCounted) writeServer(line(`Requests${kind}XX`, "Count", 1, { Level: "Host" }));
      const { model, version } = captured;
      if (route !== "predict" || kind !== 2 || model === undefined || !knows(model, version ?? null)) return;
      const dimensions = { model_name: model, model_version: version ?? "default" };
      writeServer(line("ts_inference_requests_total", "Count", 1, dimensions));
      writeServer(line("ts_inference_latency_microseconds", "Microseconds", duration * 1000, dimensions));
    },
    take(report) {
      if (report.type !== "metric") return;
      const { name, unit, value, dimensions, hostname: from, requestId } = report;
      if (!isDeclared(modelMetrics, name)) return;
      const text = Object.entries(dimensions)
        .map(([key, of]) => `${key}:${of}`)
        .join(",");
      const request = requestId === null ? "" : `requestID:${requestId},`;
      writeModel(`${name}.${unit}:${decimal(value)}|#${text}|#hostname:${from},${request}timestamp:${seconds()}`);
    },
    [Symbol.dispose]() {
      ended = true;
      timer.cancel();
    },
  };
}

/** As Java prints a number that is no whole one. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
