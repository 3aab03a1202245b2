// TorchServe's metrics.yaml: which metrics the handlers of models may show.
import { parse } from "yaml";
import { MigrationError } from "../migration-error.ts";

export interface DeclaredModelMetric {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly dimensions: readonly string[];
}

const kinds = ["counter", "gauge", "histogram"] as const;

/** What it says under `model_metrics`. Throws `value-refused`. */
export function readMetricsConfig(yaml: string): readonly DeclaredModelMetric[] {
  const models = Object(Object(parsed(yaml))["model_metrics"]) as Readonly<Record<string, unknown>>;
  return kinds.flatMap((kind) =>
    listed(`model_metrics.${kind}`, models[kind]).map((each, i) => declared(kind, i, each)),
  );
}

function declared(kind: DeclaredModelMetric["kind"], index: number, found: unknown): DeclaredModelMetric {
  const key = `model_metrics.${kind}.${index}`;
  const { name, unit, dimensions } = Object(found) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof unit !== "string") throw refused(key, found, "a metric with name and unit");
  const texts = listed(`${key}.dimensions`, dimensions).filter((each) => typeof each === "string");
  return { name, kind, unit, dimensions: texts };
}

function listed(key: string, found: unknown): readonly unknown[] {
  if (found === undefined || found === null) return [];
  if (Array.isArray(found)) return found;
  throw refused(key, found, "a list");
}

function parsed(yaml: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    throw new MigrationError("value-refused", { key: "metrics_config", found: "no YAML", allowed: "YAML" }, error);
  }
}

function refused(key: string, value: unknown, allowed: string): MigrationError {
  const found = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  return new MigrationError("value-refused", { key, found, allowed });
}
