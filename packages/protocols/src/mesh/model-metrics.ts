// The metrics that the code of models gave a backend, as it tells them to frontends.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import { fault, list, members, nullable, oneOf, readJson, type Shape, text, whole } from "../key-broker/shape.ts";

export type ModelMetricKind = "counter" | "gauge" | "histogram";

export interface BackendModelMetrics {
  /** As in the report: sums begin anew with each start of the process. */
  readonly instance: string;
  readonly metrics: readonly ModelMetricFamily[];
}

/** All series of one name. */
export interface ModelMetricFamily {
  readonly name: string;
  readonly kind: ModelMetricKind;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly ModelMetricSeries[];
}

export interface ModelMetricSeries {
  /** Of the labels, in their order. */
  readonly values: readonly string[];
  /** A gauge as it was set last; else the sum of all that was told. */
  readonly value: number;
  /** Milliseconds since it was told last. */
  readonly age: number;
  /** Of a histogram, how many values were at most each of the bounds, and how many there were at all; null: it is none. */
  readonly counts: readonly number[] | null;
}

/** What a handler can make a backend keep and tell, at most: metrics, series of all together, labels of one. */
export const modelMetricLimits = {
  metrics: 500,
  series: 20_000,
  labels: 64,
  nameLength: 256,
  seriesLength: 1024,
} as const;

/** Upper bounds of a histogram's buckets, without the last, which has none: those that Prometheus' clients have. */
export const bucketBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const { metrics: maxMetrics, series: maxSeries, labels: maxLabels, nameLength, seriesLength } = modelMetricLimits;
const most = Number.MAX_SAFE_INTEGER;

/** JSON has no numbers that are not finite; sums of many can become so. */
const number: Shape<number> = (value, at) => {
  if (typeof value === "number") return value;
  throw fault(at, "a number");
};

const series: Shape<ModelMetricSeries> = members({
  values: list(text(seriesLength), maxLabels),
  value: number,
  age: whole(0, most),
  counts: nullable(list(whole(0, most), bucketBounds.length + 1)),
});

const family: Shape<ModelMetricFamily> = members({
  name: text(nameLength),
  kind: oneOf("counter", "gauge", "histogram"),
  unit: text(nameLength),
  labels: list(text(nameLength), maxLabels),
  series: list(series, maxSeries),
});

/** As many series as one backend keeps, of as many characters. */
const families: Shape<readonly ModelMetricFamily[]> = (value, at) => {
  const told = list(family, maxMetrics)(value, at);
  const all = told.flatMap((each) => each.series);
  if (all.length > maxSeries) throw fault(at, `of at most ${maxSeries} series`);
  const isLong = ({ values }: ModelMetricSeries) => values.reduce((sum, each) => sum + each.length, 0) > seriesLength;
  if (all.some(isLong)) throw fault(at, `of series whose labels have at most ${seriesLength} characters`);
  return told;
};

const document: Shape<BackendModelMetrics> = members({ instance: text(128), metrics: families });

export function writeModelMetrics(told: BackendModelMetrics): Bytes {
  return utf8(JSON.stringify(told));
}

/** Throws `malformed`. */
export function readModelMetrics(body: Bytes): BackendModelMetrics {
  try {
    return readJson(body, document, "the metrics");
  } catch (error) {
    if (!(error instanceof KeyBrokerError)) throw error;
    throw new InferenceError("malformed", { problem: error.message }, error);
  }
}
