// The size of the next batch, as a table.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextBatch } from "./batch-size.ts";

interface Case {
  readonly rows: readonly number[];
  readonly full: number;
  readonly preferred?: readonly number[];
  /** Requests taken while the first may still wait, and once it is due. */
  readonly early: number;
  readonly due: number;
}

const cases: readonly Case[] = [
  { rows: [], full: 4, early: 0, due: 0 },
  { rows: [1], full: 4, early: 0, due: 1 },
  { rows: [1, 1, 1], full: 4, early: 0, due: 3 },
  { rows: [1, 1, 1, 1], full: 4, early: 4, due: 4 },
  { rows: [1, 1, 1, 1, 1], full: 4, early: 4, due: 4 },
  { rows: [3, 2], full: 4, early: 1, due: 1 },
  { rows: [9, 1], full: 4, early: 1, due: 1 },
  { rows: [1, 9], full: 4, early: 1, due: 1 },
  { rows: [1, 1], full: 1, early: 1, due: 1 },
  { rows: [1, 1, 1], full: 8, preferred: [2, 4], early: 2, due: 2 },
  { rows: [1, 1, 1, 1, 1], full: 8, preferred: [2, 4], early: 4, due: 4 },
  { rows: [1], full: 8, preferred: [2, 4], early: 0, due: 1 },
  { rows: [3, 3], full: 8, preferred: [4], early: 0, due: 2 },
  { rows: [3, 3, 3], full: 8, preferred: [4], early: 2, due: 2 },
  { rows: [1, 1, 1], full: 3, preferred: [5], early: 3, due: 3 },
];

describe("the size of the next batch", () => {
  for (const { rows, full, preferred = [], early, due } of cases) {
    it(`of [${rows}] up to ${full}${preferred.length > 0 ? `, preferring ${preferred}` : ""}: ${early}, then ${due}`, () => {
      const sizes = { full, preferred: new Set(preferred) };
      assert.equal(nextBatch(rows, sizes, false), early);
      assert.equal(nextBatch(rows, sizes, true), due);
    });
  }
});
