// A metric that the code of a model gave.

export interface EngineMetric {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly dimensions: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** null: it is of no request. */
  readonly requestId: string | null;
}
