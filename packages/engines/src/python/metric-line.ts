// The metrics that a worker prints among its lines.
// Source: TorchServe 0.12, `ts/metrics/caching_metric.py`.
import type { EngineMetric } from "../hosting/engine-metric.ts";

const prefix = "[METRICS]";
const typeMark = "|#type:";
/** A line without its value and all that follows its host's name: the same in each line of one metric. */
const form = /^([^.:|#]+)\.([^.:|#]+):\|#([^|]*)(?:\|#type:([A-Za-z]+))?\|#hostname:([^,|]*)$/;
const number = /^-?[\d.]+(?:[eE][+-]?\d+)?$/;
const digits = /^\d+$/;
/** A worker prints a few metrics, as a rule; one that names ever new ones makes this begin anew. */
const mostKnown = 256;

type Known = Pick<EngineMetric, "name" | "unit" | "kind" | "dimensions" | "hostname">;

export function isMetricLine(line: string): boolean {
  return line.startsWith(prefix);
}

/** Reads the lines of one worker: what is the same in all lines of a metric is taken apart once. */
export class MetricLines {
  readonly #known = new Map<string, Known>();

  /** `[METRICS]Name.Unit:value|#Dim:val,Dim2:val|#type:GAUGE|#hostname:H,<epoch>[,requestId]`; null for a line that is not whole. */
  parse(line: string): EngineMetric | null {
    const valueStart = line.indexOf(":", prefix.length) + 1;
    const valueEnd = line.indexOf("|", valueStart);
    const dimensionsEnd = line.indexOf("|", valueEnd + 1);
    const host = line.startsWith(typeMark, dimensionsEnd) ? line.indexOf("|", dimensionsEnd + 1) : dimensionsEnd;
    const timeStart = line.indexOf(",", host) + 1;
    if (!isMetricLine(line) || valueStart === 0 || valueEnd === -1 || host <= valueEnd || timeStart === 0) return null;
    const named = this.#named(line.slice(prefix.length, valueStart) + line.slice(valueEnd, timeStart - 1));
    const value = line.slice(valueStart, valueEnd);
    const comma = line.indexOf(",", timeStart);
    const time = comma === -1 ? line.slice(timeStart) : line.slice(timeStart, comma);
    if (!named || !number.test(value) || !Number.isFinite(Number(value)) || !digits.test(time)) return null;
    const { name, unit, kind, dimensions, hostname } = named;
    const requestId = comma === -1 ? null : line.slice(comma + 1);
    return { name, unit, value: Number(value), kind, dimensions, hostname, time: Number(time), requestId };
  }

  #named(text: string): Known | null {
    const known = this.#known.get(text);
    if (known) return known;
    const named = parseNamed(text);
    if (!named) return null;
    if (this.#known.size === mostKnown) this.#known.clear();
    this.#known.set(text, named);
    return named;
  }
}

function parseNamed(text: string): Known | null {
  const [, name, unit, dimensions = "", type = "COUNTER", hostname = ""] = form.exec(text) ?? [];
  const kind = type.toLowerCase();
  if (name === undefined || unit === undefined) return null;
  if (kind !== "counter" && kind !== "gauge" && kind !== "histogram") return null;
  // Names come from the handler: without a prototype, `__proto__` is a name like any other.
  const named: Record<string, string> = Object.create(null);
  for (const dimension of dimensions === "" ? [] : dimensions.split(",")) {
    const [label = "", ...rest] = dimension.split(":");
    named[label.trim()] = rest.join(":").trim();
  }
  return { name, unit, kind, dimensions: named, hostname };
}
