// The metrics that a handler gives, under TorchServe's names of units and with its dimensions.
// Source: TorchServe 0.12, `ts/metrics/metric_cache_abstract.py` and `ts/metrics/unit.py`.
import type { ModelMetric } from "../hosting/worker-engine.ts";

export interface MetricOptions {
  /** Of this row; left out: of all requests of the batch. */
  readonly row?: number;
  /** Beside `ModelName` and `Level`, which every metric has. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

export interface GaugeOptions extends MetricOptions {
  /** Default: `gauge`. */
  readonly kind?: ModelMetric["kind"];
}

/**
 * Each call gives one value. Throws `TypeError` for a name, a unit or a dimension that no metric can have; a value that is no number, and a
 * counter that would go down, are left out and told to the log.
 */
export interface HandlerMetrics {
  /** Counts: the value is added to those before. */
  addCounter(name: string, value: number, options?: MetricOptions): void;
  addGauge(name: string, value: number, options?: MetricOptions & { readonly unit?: string }): void;
  /** Default unit: milliseconds. */
  addTime(name: string, value: number, options?: GaugeOptions & { readonly unit?: "ms" | "s" }): void;
  /** Default unit: megabytes. */
  addSize(name: string, value: number, options?: GaugeOptions & { readonly unit?: "B" | "kB" | "MB" | "GB" }): void;
  addPercent(name: string, value: number, options?: GaugeOptions): void;
  /** Counts something that went wrong, of no request. */
  addError(name: string, value: number, options?: Pick<MetricOptions, "dimensions">): void;
  /** Any other; default: a counter. */
  addMetric(name: string, value: number, unit: string, options?: GaugeOptions): void;
}

export interface MetricsParts {
  readonly model: string;
  /** Throws where there is no such row. */
  readonly requestId: (row: number) => string;
  /** Of all requests of the batch. */
  readonly requestIds: () => readonly string[];
  readonly metric: (metric: ModelMetric) => void;
}

const units: ReadonlyMap<string, string> = new Map([
  ...([
    ["ms", "Milliseconds"],
    ["s", "Seconds"],
    ["percent", "Percent"],
    ["count", "Count"],
  ] as const),
  ...([
    ["B", "Bytes"],
    ["kB", "Kilobytes"],
    ["MB", "Megabytes"],
    ["GB", "Gigabytes"],
    ["", "unit"],
  ] as const),
]);

const timeUnits = ["ms", "s"];
const sizeUnits = ["B", "kB", "MB", "GB"];
/** What a line of metrics can hold, in which they travel in TorchServe. */
const plainName = /^[^.:|#,\r\n]+$/;
const plainValue = /^[^|,\r\n]*$/;

type Given = Pick<ModelMetric, "name" | "value" | "unit" | "kind"> & MetricOptions & { readonly level?: "Error" };

export function handlerMetrics({ model, requestId, requestIds, metric }: MetricsParts): HandlerMetrics {
  const give = ({ name, value, unit, kind, row, dimensions = {}, level }: Given): void => {
    const labels = Object.entries(dimensions).map(([label, text]) => [label, String(text)] as const);
    if (!plainName.test(name)) throw new TypeError(`'${name}' is no name of a metric`);
    const odd = labels.find(([label, text]) => !plainName.test(label) || !plainValue.test(text));
    if (odd) throw new TypeError(`metric '${name}' cannot have the dimension '${odd[0]}'`);
    if (!Number.isFinite(value) || (kind === "counter" && value < 0)) {
      console.error(`metric '${name}' is left out: ${value} is no value of a ${kind}`);
      return;
    }
    const own =
      level === "Error" ? [["Level", "Error"] as const] : [["ModelName", model] as const, ["Level", "Model"] as const];
    const id = level === "Error" ? null : row === undefined ? requestIds().join(",") : requestId(row);
    metric({
      ...{ name, value, kind, unit: units.get(unit) ?? unit },
      dimensions: Object.fromEntries([...labels, ...own]),
      requestId: id === "" ? null : id,
    });
  };
  const oneOf = (allowed: readonly string[], unit: string): string => {
    if (!allowed.includes(unit)) throw new TypeError(`the unit must be one of ${allowed.join(", ")}; found ${unit}`);
    return unit;
  };
  const gauge = (name: string, value: number, unit: string, { kind = "gauge", ...rest }: GaugeOptions): void =>
    give({ name, value, unit, kind, ...rest });
  return {
    addCounter: (name, value, options = {}) => give({ ...options, name, value, unit: "count", kind: "counter" }),
    addGauge: (name, value, { unit = "", ...options } = {}) => give({ ...options, name, value, unit, kind: "gauge" }),
    addTime: (name, value, { unit = "ms", ...rest } = {}) => gauge(name, value, oneOf(timeUnits, unit), rest),
    addSize: (name, value, { unit = "MB", ...rest } = {}) => gauge(name, value, oneOf(sizeUnits, unit), rest),
    addPercent: (name, value, options = {}) => gauge(name, value, "percent", options),
    addError: (name, value, options = {}) =>
      give({ ...options, name, value, unit: "", kind: "counter", level: "Error" }),
    addMetric: (name, value, unit, options = {}) => gauge(name, value, unit, { kind: "counter", ...options }),
  };
}
