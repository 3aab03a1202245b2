// What both servers answered to each row, and what that means for the run.
import type { Asker } from "./asking.ts";
import { rendered } from "./rendered.ts";
import type { Row } from "./row.ts";
import type { RowGroup } from "./rows/index.ts";

export interface Comparison {
  readonly title: string;
  readonly row: Row;
  readonly real: string;
  readonly ours: string;
}

/** `as listed`: equal without a reason to differ, or different with one. */
export type Verdict = "as listed" | "differs" | "is equal by now";

export function verdictOf({ row, real, ours }: Comparison): Verdict {
  if (real === ours) return row.differs === null ? "as listed" : "is equal by now";
  return row.differs === null ? "differs" : "as listed";
}

/** Asks both for one row after the other, in order. */
export async function compareAll(
  groups: readonly RowGroup[],
  real: Asker,
  ours: Asker,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { title, rows } of groups) {
    for (const row of rows) {
      const [one, other] = await Promise.all([real(row), ours(row)]);
      comparisons.push({ title, row, real: rendered(row, one), ours: rendered(row, other) });
    }
  }
  return comparisons;
}

/** Lines that only one side has, marked as `diff` does; two dozen of each at most. */
export function difference(real: string, ours: string): string {
  const [left, right] = [real.split("\n"), ours.split("\n")];
  return [
    ...left
      .filter((line) => !right.includes(line))
      .slice(0, 24)
      .map((line) => `  - ${line}`),
    ...right
      .filter((line) => !left.includes(line))
      .slice(0, 24)
      .map((line) => `  + ${line}`),
  ].join("\n");
}
