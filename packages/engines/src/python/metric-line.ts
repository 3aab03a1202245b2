// The metrics that a worker prints among its lines.
// Source: TorchServe 0.12, `ts/metrics/caching_metric.py`.
import type { EngineMetric } from "../hosting/engine-metric.ts";

const prefix = "[METRICS]";
const form =
  /^([^.:|#]+)\.([^.:|#]+):(-?[\d.]+(?:[eE][+-]?\d+)?)\|#([^|]*)\|(?:#type:([A-Za-z]+)\|)?#hostname:([^,|]*),(\d+)(?:,(.*))?$/;

export function isMetricLine(line: string): boolean {
  return line.startsWith(prefix);
}

/** `[METRICS]Name.Unit:value|#Dim:val,Dim2:val|#type:GAUGE|#hostname:H,<epoch>[,requestId]`; null for a line that is not whole. */
export function parseMetricLine(line: string): EngineMetric | null {
  const [, name, unit, value, dimensions = "", type = "COUNTER", hostname = "", time, requestId = null] =
    (isMetricLine(line) && form.exec(line.slice(prefix.length))) || [];
  if (name === undefined || unit === undefined || !Number.isFinite(Number(value))) return null;
  const kind = type.toLowerCase();
  if (kind !== "counter" && kind !== "gauge" && kind !== "histogram") return null;
  // Names come from the handler: without a prototype, `__proto__` is a name like any other.
  const named: Record<string, string> = Object.create(null);
  for (const dimension of dimensions === "" ? [] : dimensions.split(",")) {
    const [label = "", ...rest] = dimension.split(":");
    named[label.trim()] = rest.join(":").trim();
  }
  return { name, unit, value: Number(value), kind, dimensions: named, hostname, time: Number(time), requestId };
}
