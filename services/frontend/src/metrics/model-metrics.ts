// Metrics that the code of models gives, as TorchServe shows them: those that a file declares, and others where they are asked for.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type MetricKind = "counter" | "gauge" | "histogram";

/** One that its file names; `dimensions` become labels, with the host's name behind them. */
export interface DeclaredMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly dimensions: readonly string[];
}

export interface ModelMetricsOptions {
  /** Left out: TorchServe's own. */
  readonly declared?: readonly DeclaredMetric[];
  /** Whether a metric that is not declared is shown as it comes. */
  readonly autoDetect: boolean;
}

/** As the worker of a model told it. */
export interface ModelMetric {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly kind: MetricKind;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly hostname: string;
}

/** TorchServe's own, where no file says otherwise. */
const usualModelMetrics: readonly DeclaredMetric[] = ["HandlerTime", "PredictionTime"].map((name) => ({
  ...{ name, kind: "gauge", unit: "ms", dimensions: ["ModelName", "Level"] },
}));

/** Names and labels come from handlers: more than these are not kept. */
const mostMetrics = 500;
const mostSeries = 20_000;

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelForm = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const hostLabel = "Hostname";

interface Kept {
  readonly labels: readonly string[];
  take(labels: Readonly<Record<string, string>>, value: number): void;
}

export class ModelMetrics {
  readonly #registry: Registry;
  readonly #autoDetect: boolean;
  readonly #kept = new Map<string, Kept>();
  readonly #series = new Set<string>();

  constructor({ declared = usualModelMetrics, autoDetect }: ModelMetricsOptions, registry: Registry) {
    this.#registry = registry;
    this.#autoDetect = autoDetect;
    for (const metric of declared) this.#keep(metric);
  }

  /** Passes over what is not declared, cannot be shown, or is too much. */
  take(metric: ModelMetric): void {
    const { name, value, dimensions, hostname } = metric;
    const kept = this.#kept.get(name) ?? this.#detected(metric);
    if (!kept) return;
    const labels = Object.fromEntries(
      kept.labels.map((label) => [label, label === hostLabel ? hostname : (dimensions[label] ?? "")]),
    );
    const series = JSON.stringify([name, ...Object.values(labels)]);
    if (!this.#series.has(series)) {
      if (this.#series.size >= mostSeries) return;
      this.#series.add(series);
    }
    kept.take(labels, value);
  }

  #detected({ name, unit, kind, dimensions }: ModelMetric): Kept | undefined {
    if (!this.#autoDetect || this.#kept.size >= mostMetrics) return undefined;
    return this.#keep({ name, unit, kind, dimensions: Object.keys(dimensions) });
  }

  #keep({ name, unit, kind, dimensions }: DeclaredMetric): Kept | undefined {
    const labels = [...new Set([...dimensions, hostLabel])];
    // A name of the server's own stays the server's.
    const isFree = this.#registry.getSingleMetric(name) === undefined;
    if (!isFree || !nameForm.test(name) || !labels.every((label) => labelForm.test(label))) return undefined;
    const help = `Torchserve prometheus ${kind} metric with unit: ${unit}`;
    const settings = { name, help, labelNames: labels, registers: [this.#registry] };
    const kept: Kept = { labels, take: taker(kind, settings) };
    this.#kept.set(name, kept);
    return kept;
  }
}

function taker(
  kind: MetricKind,
  settings: { name: string; help: string; labelNames: string[]; registers: Registry[] },
): Kept["take"] {
  switch (kind) {
    case "gauge": {
      const gauge = new Gauge(settings);
      return (labels, value) => gauge.set({ ...labels }, value);
    }
    case "histogram": {
      const histogram = new Histogram(settings);
      return (labels, value) => histogram.observe({ ...labels }, value);
    }
    case "counter": {
      const counter = new Counter(settings);
      // One that would go back is a fault of the handler's, not ours to end at.
      return (labels, value) => (value >= 0 ? counter.inc({ ...labels }, value) : undefined);
    }
  }
}
