// Metrics that the code of models gives, as TorchServe shows them: those that a file declares, and others where they are asked for.
import {
  bucketBounds,
  type ModelMetricFamily,
  type ModelMetricKind,
  type ModelMetricSeries,
  modelMetricLimits,
} from "@sealserve/protocols/mesh";

/** One that its file names; `dimensions` become labels, with the host's name behind them. */
export interface DeclaredMetric {
  readonly name: string;
  readonly kind: ModelMetricKind;
  readonly unit: string;
  readonly dimensions: readonly string[];
}

export interface ModelMetricsOptions {
  /** Left out: TorchServe's own. */
  readonly declared?: readonly DeclaredMetric[];
  /** Whether a metric that is not declared is shown as it comes. */
  readonly autoDetect: boolean;
}

export interface ModelMetricsParts {
  /** Names of the program's own stay its own. */
  isTaken(name: string): boolean;
  /** Milliseconds that only grow. */
  now(): number;
}

/** As the worker of a model told it. */
export interface ModelMetric {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly kind: ModelMetricKind;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly hostname: string;
}

/** TorchServe's own, where no file says otherwise. */
const usualModelMetrics: readonly DeclaredMetric[] = ["HandlerTime", "PredictionTime"].map((name) => ({
  ...{ name, kind: "gauge", unit: "ms", dimensions: ["ModelName", "Level"] },
}));

/** Whether what a handler calls so is shown at all. */
export function isDeclared({ declared = usualModelMetrics, autoDetect }: ModelMetricsOptions, name: string): boolean {
  return autoDetect || declared.some((metric) => metric.name === name);
}

/** Names and labels come from handlers: more than these are not kept. */
const { metrics: mostMetrics, series: mostSeries, labels: mostLabels, nameLength, seriesLength } = modelMetricLimits;

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelForm = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const hostLabel = "Hostname";

interface Series {
  readonly values: readonly string[];
  value: number;
  toldAt: number;
  counts: readonly number[] | null;
}

interface Family extends Omit<ModelMetricFamily, "series"> {
  readonly series: Map<string, Series>;
}

export class ModelMetrics {
  readonly #autoDetect: boolean;
  readonly #parts: ModelMetricsParts;
  readonly #families = new Map<string, Family>();
  #count = 0;

  constructor({ declared = usualModelMetrics, autoDetect }: ModelMetricsOptions, parts: ModelMetricsParts) {
    this.#autoDetect = autoDetect;
    this.#parts = parts;
    for (const { dimensions, ...metric } of declared) this.#keep({ ...metric, labels: labelsOf(dimensions) });
  }

  /** Passes over what is not declared, cannot be shown, or is too much. */
  take({ name, unit, kind, value, dimensions, hostname }: ModelMetric): void {
    const known = this.#families.get(name);
    const family = known ?? this.#found({ name, unit, kind, labels: labelsOf(Object.keys(dimensions)) });
    // A counter that would go back is a fault of the handler's, not ours to end at.
    if (!family || !Number.isFinite(value) || (family.kind === "counter" && value < 0)) return;
    const values = family.labels.map((label) => (label === hostLabel ? hostname : (dimensions[label] ?? "")));
    const series = this.#seriesOf(family, values);
    if (!series) return;
    series.value = family.kind === "gauge" ? value : sum(series.value, value);
    series.toldAt = this.#parts.now();
    series.counts &&= series.counts.map((count, i) => count + Number(value <= (bucketBounds[i] ?? value)));
  }

  /** What another process keeps, beside what is here: sums are added, and of gauges with the same labels the one that was told last holds. */
  add({ series, ...metric }: ModelMetricFamily): void {
    const family = this.#found(metric);
    if (family?.kind !== metric.kind) return;
    for (const { values, value, age, counts } of series) {
      const given = new Map(metric.labels.map((label, i) => [label, values[i]]));
      const kept = this.#seriesOf(
        family,
        family.labels.map((label) => given.get(label) ?? ""),
      );
      if (!kept) continue;
      const toldAt = this.#parts.now() - age;
      if (family.kind !== "gauge") kept.value = sum(kept.value, value);
      else if (toldAt >= kept.toldAt) kept.value = value;
      kept.toldAt = Math.max(kept.toldAt, toldAt);
      kept.counts &&= kept.counts.map((count, i) => count + (counts?.[i] ?? 0));
    }
  }

  /** As they stand; one of which nothing was told yet has no series. */
  families(): readonly ModelMetricFamily[] {
    const now = this.#parts.now();
    return [...this.#families.values()].map(({ series, ...family }) => ({
      ...family,
      series: [...series.values()].map(
        ({ toldAt, values, value, counts }): ModelMetricSeries => ({
          ...{ values, value, counts },
          age: Math.max(0, Math.round(now - toldAt)),
        }),
      ),
    }));
  }

  #found(metric: Omit<ModelMetricFamily, "series">): Family | undefined {
    const known = this.#families.get(metric.name);
    if (known || !this.#autoDetect || this.#families.size >= mostMetrics) return known;
    return this.#keep(metric);
  }

  #keep({ name, kind, unit, labels }: Omit<ModelMetricFamily, "series">): Family | undefined {
    const fits = name.length <= nameLength && labels.length <= mostLabels;
    const isNamed = nameForm.test(name) && labels.every((label) => label.length <= nameLength && labelForm.test(label));
    // The label of a histogram's buckets.
    if (kind === "histogram" && labels.includes("le")) return undefined;
    if (!fits || !isNamed || this.#parts.isTaken(name)) return undefined;
    const family = { name, kind, unit: unit.slice(0, nameLength).toWellFormed(), labels, series: new Map() };
    this.#families.set(name, family);
    return family;
  }

  #seriesOf({ kind, series }: Family, given: readonly string[]): Series | undefined {
    const values = given.map((value) => value.toWellFormed());
    const key = JSON.stringify(values);
    const known = series.get(key);
    if (known) return known;
    if (this.#count >= mostSeries || key.length > seriesLength) return undefined;
    const counts = kind === "histogram" ? Array.from({ length: bucketBounds.length + 1 }, () => 0) : null;
    const added: Series = { values, value: 0, toldAt: Number.NEGATIVE_INFINITY, counts };
    series.set(key, added);
    this.#count++;
    return added;
  }
}

function labelsOf(dimensions: readonly string[]): readonly string[] {
  return [...new Set([...dimensions, hostLabel])];
}

/** Never infinite: no document holds that. */
function sum(one: number, other: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, one + other));
}
