// Proves the plan: imports go one way, nothing goes in a circle, browsers can load what they should, and files stay small.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { closureOf, findCircle, readSources, type SourceFile } from "./import-graph.ts";
import { browserSafe, floors, neverInServices, nodeOnly, strangers } from "./layers.ts";

const root = join(import.meta.dirname, "..");
const sources = readSources(root);
const shipped = [...sources.values()].filter((source) => !source.isTest && source.room in floors);

function roomOf(path: string): string {
  return sources.get(path)?.room ?? "";
}

test("every package has a floor", () => {
  for (const folder of ["packages", "services", "apps"]) {
    for (const name of readdirSync(join(root, folder)))
      assert.ok(name in floors, `${folder}/${name} has no floor in tools/layers.ts`);
  }
});

test("imports go down only, and strangers stay strangers", () => {
  for (const source of shipped) {
    for (const { file, specifier } of source.imports) {
      if (specifier.startsWith("@sealserve/")) assert.ok(file, `${source.path}: ${specifier} is no door`);
      if (!file || roomOf(file) === source.room) continue;
      const [here, there] = [floors[source.room] ?? 0, floors[roomOf(file)] ?? 99];
      assert.ok(there < here, `${source.path} (floor ${here}) imports ${file} (floor ${there})`);
      assert.ok(
        !strangers.some(([one, other]) => one === source.room && other === roomOf(file)),
        `${source.path} must not know ${file}`,
      );
      assert.ok(!specifier.startsWith("."), `${source.path} enters ${file} past its door`);
    }
  }
});

test("nobody imports a service but the command and the end-to-end tests", () => {
  for (const source of shipped.filter(({ room }) => room !== "cli")) {
    for (const { file } of source.imports) {
      if (file?.startsWith("services/")) assert.equal(source.room, roomOf(file), `${source.path} imports ${file}`);
    }
  }
});

test("no file imports itself, however far around", () => {
  assert.deepEqual(findCircle(sources) ?? [], []);
});

test("what a browser may load uses nothing of Node's", () => {
  for (const source of shipped.filter(({ room, path }) => browserSafe.has(room) && !nodeOnly.test(path))) {
    for (const { specifier } of source.imports) {
      assert.doesNotMatch(specifier, /^node:/, `${source.path} imports ${specifier}`);
    }
  }
});

test("every file says in its first line what it is for", () => {
  for (const source of sources.values()) {
    const first = source.text.split("\n", 2).find((line) => !line.startsWith("#!")) ?? "";
    assert.match(first, /^\/\/ \S.+\.$/, `${source.path} begins with: ${first}`);
  }
});

test("files keep to one idea: none over 300 lines, nine in ten under 220", () => {
  const written = shipped.filter(({ path }) => !path.includes("/src/generated/"));
  const lengths = written.map(({ lines }) => lines).sort((a, b) => a - b);
  const long = written.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`);
  assert.deepEqual(long, []);
  const at = (share: number): number => lengths[Math.floor(lengths.length * share)] ?? 0;
  assert.ok(at(0.9) <= 220, `the ninetieth percentile is ${at(0.9)} lines`);
});

test("tests and rooms for development stay out of the services", (t) => {
  for (const main of entries()) {
    const closure = closureOf(main, sources);
    for (const { path, room, isTest } of closure) {
      assert.ok(!isTest, `${main} reaches the test ${path}`);
      if (main.startsWith("services/")) assert.ok(!neverInServices.has(room), `${main} reaches ${path}`);
    }
    t.diagnostic(describeClosure(main, closure));
  }
});

function entries(): string[] {
  return ["services", "apps"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/src/main.ts`)
      .filter((path) => existsSync(join(root, path))),
  );
}

/** The trusted computing base of one process: its files and lines by room. */
function describeClosure(main: string, closure: readonly SourceFile[]): string {
  const rooms = new Map<string, { files: number; lines: number }>();
  for (const { room, lines } of closure) {
    const sum = rooms.get(room) ?? { files: 0, lines: 0 };
    rooms.set(room, { files: sum.files + 1, lines: sum.lines + lines });
  }
  const total = closure.reduce((sum, { lines }) => sum + lines, 0);
  const parts = [...rooms].map(([room, { files, lines }]) => `${room} ${files}/${lines}`);
  return `${main}: ${closure.length} files, ${total} lines (${parts.join(", ")})`;
}
