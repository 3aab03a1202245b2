// What a benchmark says: a ratio or a limit, what was asked of it, and the figures behind it.

export interface BenchResult {
  readonly name: string;
  /** What was measured, in words. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The value must be at least, or at most, `bound`. */
  readonly asked: { readonly kind: "at least" | "at most"; readonly bound: number };
  /** The figures behind the value, by name with their unit. */
  readonly figures: Readonly<Record<string, number>>;
}

export type Bench = () => Promise<readonly BenchResult[]>;

export function holds({ value, asked }: BenchResult): boolean {
  return asked.kind === "at least" ? value >= asked.bound : value <= asked.bound;
}

/** The results as a table in Markdown. */
export function toTable(results: readonly BenchResult[]): string {
  const rows = results.map((result) => {
    const figures = Object.entries(result.figures).map(([name, value]) => `${name} ${round(value)}`);
    const { kind, bound } = result.asked;
    return `| ${result.what} | ${round(result.value)} ${result.unit} | ${kind} ${bound} | ${holds(result) ? "yes" : "**no**"} | ${figures.join(", ")} |`;
  });
  return ["| what | measured | asked | holds | figures |", "| --- | --: | --: | --- | --- |", ...rows].join("\n");
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
