// Which workflow archives are read, and with which code each fault of one is refused.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import type { WorkflowSpec } from "@sealserve/inference";
import { isLayoutError } from "../layout-error.ts";
import { packWorkflow } from "./pack-workflow.ts";
import { readWorkflowArchive } from "./workflow-archive.ts";
import { workflowFunctions } from "./workflow-function.ts";
import { createWorkflowScan } from "./workflow-scan.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-workflows-"));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Given {
  readonly spec?: string | Uint8Array;
  readonly manifest?: unknown;
  readonly handler?: string | null;
}

const plain = "models:\n  a: { url: a.mar }\n  b: { url: b.mar }\ndag:\n  a: [b]\n";

async function put({ spec = plain, handler = "f.py", manifest }: Given, entry = "w.war"): Promise<string> {
  const workflow = { workflowName: "w", specFile: "s.yaml", ...(handler === null ? {} : { handler }) };
  const written = manifest === undefined ? { workflow } : manifest;
  const path = join(folder, entry);
  const files = [
    { name: "WAR-INF/MANIFEST.json", data: typeof written === "string" ? written : JSON.stringify(written) },
    { name: "s.yaml", data: spec },
    ...(handler === null ? [] : [{ name: handler, data: "def f(data, context):\n    return data\n" }]),
  ];
  await writeFile(path, zipBytes(files));
  return path;
}

async function specOf(given: Given): Promise<WorkflowSpec> {
  return (await readWorkflowArchive(await put(given))).spec;
}

async function refusal(given: Given): Promise<{ code: string; facts: object }> {
  try {
    await specOf(given);
  } catch (error) {
    if (isLayoutError(error)) return { code: error.code, facts: error.facts };
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a workflow archive", () => {
  it("tells its nodes in their order, with what holds for each", async () => {
    const spec = `models:
  a: { url: a.mar, retry-attempts: 3 }
  min-workers: 2
  batch-size: 4
  timeout-ms: 500
  unused: { url: none.mar }
  b: { url: b.mar, min-workers: 0, max-batch-delay: 7 }
dag:
  "1": [a, b]
  a: end
  b: [end, end]
  end:
`;
    await assert.rejects(specOf({ spec }), { code: "workflow-graph" });
    const { nodes, defaults, name, handler } = await specOf({ spec: spec.replaceAll('"1"', "first") });
    assert.deepEqual([name, handler], ["w", "f.py"]);
    assert.deepEqual(
      nodes.map((node) => [node.name, node.url, node.children]),
      [
        ["first", null, ["a", "b"]],
        ["a", "a.mar", ["end"]],
        ["b", "b.mar", ["end"]],
        ["end", null, []],
      ],
    );
    const common = { minWorkers: 2, maxWorkers: 2, batchSize: 4, maxBatchDelay: 50, retryAttempts: 1, timeout: 500 };
    assert.deepEqual(defaults, common);
    assert.partialDeepStrictEqual(nodes[0], { minWorkers: 1, batchSize: 1, maxBatchDelay: 0, timeout: 500 });
    assert.partialDeepStrictEqual(nodes[1], { ...common, retryAttempts: 3 });
    assert.partialDeepStrictEqual(nodes[2], { ...common, minWorkers: 0, maxBatchDelay: 7 });
  });

  it("may have one node only, and no models or no functions", async () => {
    assert.equal((await specOf({ spec: "dag:\n  f: []\n" })).nodes.length, 1);
    assert.equal((await specOf({ handler: null })).handler, null);
  });

  it("is refused for its graph, with the nodes at fault", async () => {
    const dag = (text: string) => ({ spec: `dag: { ${text} }\n` });
    const faults: readonly (readonly [string, string, readonly string[]])[] = [
      ["a: [a]", "self-loop", ["a"]],
      ["a: [b], b: [a]", "several-roots", []],
      ["a: [c], b: [c]", "several-roots", ["a", "b"]],
      ["a: [b], b: [c], c: [a]", "several-roots", []],
      ["r: [a], a: [b], b: [c], c: [a, d]", "cycle", ["a", "b", "c", "d"]],
      ["a: [b.c]", "unknown-node", ["b.c"]],
    ];
    for (const [text, fault, nodes] of faults) {
      const { code, facts } = await refusal(dag(text));
      assert.equal(code, "workflow-graph", text);
      assert.partialDeepStrictEqual(facts, { fault, nodes }, text);
    }
    assert.partialDeepStrictEqual(await refusal({ ...dag("a: [b]"), handler: null }), {
      ...{ code: "workflow-graph", facts: { fault: "unknown-node", nodes: ["a", "b"] } },
    });
  });

  it("is refused for values out of bounds, before any is used", async () => {
    const many = Array.from({ length: 101 }, (_, i) => `n${i}`);
    const values: readonly string[] = [
      "[]",
      "models: 7",
      "dag: [a]",
      "dag: {}",
      "models: {}",
      "dag: { a: { b: c } }",
      "dag: { a: [1.5] }",
      "dag: { '../a': [b] }",
      "dag: { __proto__: [a/b] }",
      `dag: { root: [${many}] }`,
      "models: { a: 7 }\ndag: { a: [] }",
      "models: { a: {} }\ndag: { a: [] }",
      "models: { a: { url: a.mar, batch_size: 3 } }\ndag: { a: [] }",
      "models: { a: { url: '' } }\ndag: { a: [] }",
      'models: { a: { url: "\\ud800" } }\ndag: { a: [] }',
      "models: { min-workers: -1 }\ndag: { a: [] }",
      "models: { min-workers: many }\ndag: { a: [] }",
      "models: { max-workers: 100000 }\ndag: { a: [] }",
      "models: { timeout-ms: 0 }\ndag: { a: [] }",
      "models: { retry-attempts: 101 }\ndag: { a: [] }",
      "models: { batch-size: 1.5 }\ndag: { a: [] }",
    ];
    for (const spec of values) assert.equal((await refusal({ spec })).code, "config-value", spec);
    assert.equal((await refusal({ spec: "other: 1\ndag: { a: [] }" })).code, "config-unsupported");
    for (const spec of ["dag: {", "dag: { a: [] }\ndag: { b: [] }", new Uint8Array([0xff, 0xfe])])
      assert.equal((await refusal({ spec })).code, "config-syntax");
    const bomb = `a: &a [x]\n${[..."bcdefgh"].map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`).join("\n")}`;
    assert.match((await refusal({ spec: bomb })).code, /^config-/);
  });

  it("is refused for its manifest, or a file that it names and has not", async () => {
    for (const manifest of ["{", [], {}, { workflow: { workflowName: "w" } }, { workflow: { specFile: "s.yaml" } }])
      assert.equal((await refusal({ manifest })).code, "workflow-malformed");
    const named = (workflow: object) => ({ workflow: { workflowName: "w", specFile: "s.yaml", ...workflow } });
    assert.equal((await refusal({ manifest: named({ workflowName: "../w" }) })).code, "workflow-malformed");
    assert.equal((await refusal({ manifest: named({ specFile: "none.yaml" }) })).code, "file-missing");
    assert.equal((await refusal({ manifest: named({ handler: "none.py" }) })).code, "file-missing");
    await writeFile(join(folder, "w.war"), zipBytes([{ name: "a", data: "b" }]));
    await assert.rejects(readWorkflowArchive(join(folder, "w.war")), { code: "workflow-malformed" });
    await writeFile(join(folder, "w.war"), zipBytes([{ name: "../a", data: "b" }]));
    await assert.rejects(readWorkflowArchive(join(folder, "w.war")), { code: "entry-path" });
  });
});

describe("a function of a workflow", () => {
  const { signal } = new AbortController();
  const spec = "models: { m: { url: m.mar } }\ndag: { f: [m], m: [g] }\n";

  it("is a model with the files of the archive, in Python or in JavaScript", async () => {
    const open = async (handler: string) =>
      workflowFunctions(await put({ spec, handler })).open(signal, { name: "x__g", handler: `${handler}:g` });
    const python = await open("f.py");
    assert.partialDeepStrictEqual(python, {
      ...{ name: "x__g", version: "1.0", layout: "workflow-archive", maxBatchSize: 1 },
      engine: { kind: "python", handler: "f.py:g" },
    });
    assert.deepEqual(python.files.list(), ["WAR-INF/MANIFEST.json", "f.py", "s.yaml"]);
    for (const handler of ["f.ts", "f.js", "f.mjs"]) assert.equal((await open(handler)).engine.kind, "handler");
  });

  it("is none but those that are nodes, under the names of their nodes", async () => {
    const functions = workflowFunctions(await put({ spec }));
    const refused = [{}, { name: "x__f" }, { name: "x__f", handler: "f.py:g" }, { name: "x__h", handler: "f.py:h" }];
    const others = [
      { name: "x__m", handler: "f.py:m" },
      { name: "x__f", handler: "other.py:f" },
      { name: "f", handler: "f.py:f" },
    ];
    for (const as of [...refused, ...others]) {
      await assert.rejects(functions.open(signal, as), { code: "config-unsupported" }, JSON.stringify(as));
    }
  });
});

describe("a look at a store", () => {
  it("lists archives with what is wrong with them, and reads again what changed", async () => {
    const store = await mkdtemp(join(folder, "store-"));
    const scan = createWorkflowScan(store, { now: () => 0 });
    const seen = async () =>
      (await scan()).map(({ stored }) => [stored.entry, stored.spec?.name ?? stored.fault?.code]);
    assert.deepEqual(await seen(), []);
    const name = (entry: string) => join(store.slice(folder.length + 1), entry);
    await put({}, name("good.war"));
    await put({ spec: "dag: { a: [a] }" }, name("loop.war"));
    await put({ spec: "dag: 7" }, name("spec.war"));
    await writeFile(join(store, "zip.war"), "none");
    await writeFile(join(store, ".hidden.war"), "none");
    await writeFile(join(store, "other.mar"), "none");
    const faulty = [
      ["loop.war", "self-loop"],
      ["spec.war", "bad-spec"],
      ["zip.war", "unreadable"],
    ];
    assert.deepEqual(await seen(), [["good.war", "w"], ...faulty]);
    await put({}, name("zip.war"));
    await rm(join(store, "good.war"));
    assert.deepEqual(await seen(), [...faulty.slice(0, 2), ["zip.war", "w"]]);
    assert.deepEqual(await createWorkflowScan(join(store, "none"), { now: () => 0 })(), []);
  });
});

describe("packing a workflow", () => {
  const parts = { now: () => new Date("2026-11-23T16:00:00Z") };
  const at = (name: string) => join(folder, name);

  it("writes what a server reads, twice the same", async () => {
    await writeFile(at("graph.yaml"), plain);
    await writeFile(at("functions.py"), "");
    const options = {
      workflowName: "packed",
      specFile: at("graph.yaml"),
      handler: at("functions.py"),
      exportPath: folder,
    };
    const { path, files, spec } = await packWorkflow(options, parts);
    assert.deepEqual(files, ["WAR-INF/MANIFEST.json", "functions.py", "graph.yaml"]);
    assert.deepEqual([spec.name, spec.handler, spec.nodes.length], ["packed", "functions.py", 2]);
    const { manifest } = await readWorkflowArchive(path);
    assert.deepEqual(manifest, {
      ...{ createdOn: "23/11/2026 16:00:00", archiverVersion: "0.2.15" },
      workflow: { workflowName: "packed", specFile: "graph.yaml", handler: "functions.py" },
    });
    await assert.rejects(packWorkflow(options, parts), { code: "archive-exists" });
    await packWorkflow({ ...options, force: true }, parts);
  });

  it("refuses what no server would run, and leaves nothing", async () => {
    await writeFile(at("circle.yaml"), "dag: { a: [b], b: [a] }\n");
    const options = {
      workflowName: "circle",
      specFile: at("circle.yaml"),
      handler: at("functions.py"),
      exportPath: folder,
    };
    await assert.rejects(packWorkflow(options, parts), { code: "workflow-graph" });
    await assert.rejects(packWorkflow({ ...options, workflowName: "a/b" }, parts), { code: "model-name" });
    await assert.rejects(packWorkflow({ ...options, specFile: at("none.yaml") }, parts), { code: "file-unreadable" });
    await assert.rejects(readWorkflowArchive(at("circle.war")), { code: "file-unreadable" });
  });
});
