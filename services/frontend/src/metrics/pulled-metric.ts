// A metric whose values are read when somebody asks for them, not when they change.
import { Counter, Gauge, type Registry } from "prom-client";

export interface Sample<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

export interface PulledMetric<Label extends string> {
  readonly type: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  /** All series as they stand; a series that is missing is missing in the text. */
  read(): Iterable<Sample<Label>>;
}

/** A counter's `read` never gives less than it gave before. */
export function addPulled<Label extends string>(registry: Registry, metric: PulledMetric<Label>): void {
  const { name, help, labels, read } = metric;
  const settings = { name, help, labelNames: [...labels], registers: [registry] };
  if (metric.type === "gauge") {
    new Gauge<Label>({
      ...settings,
      collect() {
        this.reset();
        for (const sample of read()) this.set(sample.labels, sample.value);
      },
    });
  } else {
    new Counter<Label>({
      ...settings,
      collect() {
        this.reset();
        for (const sample of read()) this.inc(sample.labels, sample.value);
      },
    });
  }
}
