// Metrics of models in Prometheus' text format 0.0.4, with TorchServe's words.
import { bucketBounds, type ModelMetricFamily, type ModelMetricSeries } from "@sealserve/protocols/mesh";
import { labelsOf, numeral } from "../operations/exposition.ts";

/** Each with its head, and with its last line ended. */
export function modelMetricText({ name, kind, unit, labels, series }: ModelMetricFamily): string {
  const help = `Torchserve prometheus ${kind} metric with unit: ${unit}`
    .replaceAll(/[\r\n]/g, " ")
    .replaceAll("\\", "\\\\");
  const named = ({ values }: ModelMetricSeries) => labels.map((label, i) => [label, values[i] ?? ""] as const);
  const line = (suffix: string, given: readonly (readonly [string, string])[], value: number) =>
    `${name}${suffix}${labelsOf({ labels: Object.fromEntries(given) })} ${numeral(value)}\n`;
  const lines = series.flatMap((each) => {
    const { value, counts } = each;
    if (!counts) return [line("", named(each), value)];
    const buckets = counts.map((count, i) => {
      const bound = numeral(bucketBounds[i] ?? Number.POSITIVE_INFINITY);
      return line("_bucket", [["le", bound], ...named(each)], count);
    });
    return [...buckets, line("_sum", named(each), value), line("_count", named(each), counts.at(-1) ?? 0)];
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join("")}`;
}
