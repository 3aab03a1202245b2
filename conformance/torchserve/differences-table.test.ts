// The documents list exactly the requests that may differ, each with its reason.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectedDifferences, listedDifferences } from "./differences-table.ts";
import { rowGroups } from "./rows/index.ts";

const groups = rowGroups(import.meta.filename);

test("the table in docs/torchserve.md is the one that the rows say", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/torchserve.md"), "utf8");
  assert.deepEqual(listedDifferences(page), expectedDifferences(groups));
});

test("no two requests have the same name within their group", () => {
  for (const { title, rows } of groups) {
    const names = rows.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)], title);
  }
});
