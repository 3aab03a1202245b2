// Proves docs/security-cases.md: every case has a test that names it, every test that names a case is listed, and what is not yet is said once.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/security-cases.md"), "utf8");
const rows = [...page.matchAll(/^\| ([A-G]\d{1,2}) \| (.*) \|$/gm)].map(([, id = "", rest = ""]) => ({ id, rest }));
const testFiles = globSync(
  ["packages/**/*.test.ts", "services/**/*.test.ts", "conformance/**/*.test.ts", "apps/**/*.test.ts"],
  {
    cwd: root,
    exclude: ["**/node_modules/**", "**/dist/**"],
  },
);

/** Cases that a test's title, or that of its group, names: `(D12, F9)` at its end, or `B16 `, `E2: ` or `D1, D2: ` at its beginning. */
function casesIn(source: string): Set<string> {
  const found = new Set<string>();
  for (const [, title = ""] of source.matchAll(/(?:test|describe|it)\(\s*["'`]([^\n]*)/g)) {
    const lead = /^(?:[A-G]\d{1,2}(?:, | and )?)+(?=[: ])/.exec(title)?.[0] ?? "";
    const tail = [...title.matchAll(/\(((?:[A-G]\d{1,2}(?:, )?)+)\)/g)].map(([, inside = ""]) => inside).join(" ");
    for (const [id] of `${lead} ${tail}`.matchAll(/[A-G]\d{1,2}/g)) found.add(id);
  }
  return found;
}

test("every case is there once, and either has tests or is among those that cannot be tried yet", () => {
  assert.ok(rows.length > 80, `${rows.length} cases`);
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  const [, later = ""] = page.split("## Not yet");
  for (const { id, rest } of rows) {
    const tested = rest.includes("](../");
    assert.equal(tested, !later.includes(`| ${id} |`), id);
  }
});

test("every test file that the page names exists and names the case", () => {
  for (const { id, rest } of rows) {
    for (const [, path = ""] of rest.matchAll(/\]\(\.\.\/([^)]+)\)/g)) {
      assert.ok(testFiles.includes(path), `${id}: ${path} is no test`);
      const source = readFileSync(join(root, path), "utf8");
      assert.match(source, new RegExp(`\\b${id}\\b`), `${path} does not name ${id}`);
    }
  }
});

test("every test whose title names a case is on the page", () => {
  for (const path of testFiles) {
    for (const id of casesIn(readFileSync(join(root, path), "utf8"))) {
      const row = rows.find((each) => each.id === id);
      assert.ok(row?.rest.includes(`](../${path})`), `docs/security-cases.md does not list ${path} at ${id}`);
    }
  }
});
