// A model store of every layout: what is found, what is passed over, and what stops the start.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { zipBytes } from "../../../../conformance/fixtures/zip-writer.ts";
import type { ModelDefinition } from "../model-definition.ts";
import { createStoreScan, scanModelStore } from "./scan-model-store.ts";
import type { ScanProblem } from "./scanned-model.ts";

const never = new AbortController().signal;

let root = "";
let store = "";
let problems: ScanProblem[] = [];

before(async () => {
  root = await mkdtemp(join(tmpdir(), "store-"));
});
after(() => rm(root, { recursive: true }));
beforeEach(async () => {
  store = await mkdtemp(join(root, "s"));
  problems = [];
});
afterEach(() => rm(store, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, data] of Object.entries(files)) {
    await mkdir(dirname(join(store, name)), { recursive: true });
    await writeFile(join(store, name), data);
  }
}

/** An archive with this manifest's model, and these files. */
function mar(model: object, files: Readonly<Record<string, string>> = {}, runtime = "node"): Uint8Array {
  const manifest = JSON.stringify({ runtime, model });
  const entries = Object.entries({ "MAR-INF/MANIFEST.json": manifest, ...files });
  return zipBytes(entries.map(([name, data]) => ({ name, data })));
}

const scan = () => scanModelStore(store, { onProblem: (problem) => problems.push(problem) });

async function found(): Promise<Record<string, string[]>> {
  const models = [...(await scan())].map(([name, { versions }]) => [name, versions.map(({ version }) => version)]);
  return Object.fromEntries(models);
}

async function open(name: string, at = 0): Promise<ModelDefinition> {
  const version = (await scan()).get(name)?.versions[at];
  assert.ok(version, `${name} was not found`);
  return version.item.open(never);
}

describe("a store", () => {
  it("may hold every layout at once", async () => {
    await put({
      "plain.onnx": "m",
      "triton/config.pbtxt": 'name: "triton" max_batch_size: 4',
      "triton/1/model.onnx": "m",
      "tf/00000123/model.onnx": "m",
      "tf/7/model.onnx": "m",
      "packed.mar": mar({ modelName: "packed", serializedFile: "m.onnx" }, { "m.onnx": "m" }),
    });
    assert.deepEqual(await found(), { packed: ["1.0"], plain: ["1"], tf: ["7", "123"], triton: ["1"] });
    assert.deepEqual(problems, []);
    const layouts = await Promise.all(
      ["plain", "triton", "tf", "packed"].map(async (name) => (await open(name)).layout),
    );
    assert.deepEqual(layouts, ["onnx-file", "triton-repository", "tensorflow-serving", "model-archive"]);
  });

  it("passes over hidden files silently, and over others with a note", async () => {
    await put({
      ".hidden/1/model.onnx": "m",
      "README.md": "",
      "weights.bin": "",
      "folder/readme": "",
      "bad name.onnx": "",
    });
    assert.deepEqual(await found(), {});
    const noted = problems.map(({ location }) => location.slice(store.length + 1)).sort();
    assert.deepEqual(noted, ["README.md", "bad name.onnx", "folder", "weights.bin"]);
  });

  it("tells a problem once, however often it is polled", async () => {
    await put({ "README.md": "" });
    const poll = createStoreScan(store, { onProblem: (problem) => problems.push(problem) });
    await poll();
    await poll();
    assert.equal(problems.length, 1);
  });

  it("takes versions by number, with or without leading zeros, and one of two that are the same", async () => {
    await put({
      "m/1/model.onnx": "",
      "m/001/model.onnx": "",
      "m/10/model.onnx": "",
      "m/9/model.onnx": "",
      "m/x1/model.onnx": "",
    });
    assert.deepEqual(await found(), { m: ["1", "9", "10"] });
    assert.equal(problems.length, 1);
  });

  it("keeps a Triton model without versions, so that its versions are unloaded", async () => {
    await put({ "m/config.pbtxt": "" });
    assert.deepEqual(await found(), { m: [] });
  });

  const unusable: readonly (readonly [string, () => string])[] = [
    ["does not exist", () => join(store, "none")],
    ["is a file", () => join(store, "file")],
  ];
  for (const [what, folder] of unusable) {
    it(`that ${what} is refused`, async () => {
      await put({ file: "" });
      await assert.rejects(scanModelStore(folder(), { onProblem: () => {} }), { code: "store-unusable" });
    });
  }
});

describe("two models of one name", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string | Uint8Array>>, string, string])[] = [
    ["a file and a folder", { "ocr.onnx": "m", "ocr/1/model.onnx": "m" }, "ocr", "ocr.onnx"],
    ["a folder and an archive", { "ocr/1/model.onnx": "m", "x.mar": mar({ modelName: "ocr" }) }, "ocr", "x.mar"],
    [
      "two archives of one version",
      { "a.mar": mar({ modelName: "ocr" }), "b.mar": mar({ modelName: "ocr", modelVersion: "1" }) },
      "a.mar",
      "b.mar",
    ],
  ];
  for (const [what, files, first, second] of cases) {
    it(`are refused with both locations: ${what}`, async () => {
      await put(files);
      const locations = [join(store, first), join(store, second)];
      await assert.rejects(scan(), { code: "duplicate-model", facts: { model: "ocr", locations } });
    });
  }

  it("are versions of one where archives say so", async () => {
    await put({
      "a.mar": mar({ modelName: "ocr", modelVersion: "1.10" }),
      "b.mar": mar({ modelName: "ocr", modelVersion: "1.9" }),
    });
    assert.deepEqual(await found(), { ocr: ["1.9", "1.10"] });
    assert.deepEqual((await scan()).get("ocr")?.policy, { kind: "all" });
  });
});

describe("an archive", () => {
  it("that is broken is listed, and says why when it is opened; the others are found", async () => {
    await put({
      "broken.mar": "no zip",
      "evil.mar": zipBytes([{ name: "../x", data: "x" }]),
      "empty.mar": zipBytes([{ name: "x", data: "x" }]),
      "good.onnx": "m",
    });
    assert.deepEqual(await found(), { broken: ["1.0"], empty: ["1.0"], evil: ["1.0"], good: ["1"] });
    await assert.rejects(open("broken"), { code: "archive-malformed" });
    await assert.rejects(open("evil"), { code: "entry-path" });
    await assert.rejects(open("empty"), { code: "manifest-missing" });
  });

  it("that is mended is read anew", async () => {
    const poll = createStoreScan(store, { onProblem: () => {} });
    await put({ "a.mar": "no zip" });
    assert.deepEqual([...(await poll()).keys()], ["a"]);
    await put({ "a.mar": mar({ modelName: "mended" }) });
    assert.deepEqual([...(await poll()).keys()], ["mended"]);
  });

  it("with an entry that lies is refused, even where nobody would read that entry", async () => {
    const manifest = JSON.stringify({ model: { modelName: "lie", serializedFile: "m.onnx" } });
    const entries = [
      { name: "MAR-INF/MANIFEST.json", data: manifest },
      { name: "m.onnx", data: "m" },
      { name: "notes.txt", data: "longer than it says", claims: { size: 3 } },
    ];
    await put({ "lie.mar": zipBytes(entries) });
    await assert.rejects(open("lie"), { code: "entry-size" });
  });

  it("without a handler runs its ONNX file", async () => {
    await put({ "m.mar": mar({ modelName: "m", serializedFile: "m.onnx" }, { "m.onnx": "m" }, "python") });
    const { engine, maxBatchSize } = await open("m");
    assert.deepEqual([engine, maxBatchSize], [{ kind: "onnx", file: "m.onnx" }, null]);
  });

  it("gives its settings to the engine, and all of them to the handler", async () => {
    const yaml = [
      "minWorkers: 2",
      "maxWorkers: 4",
      "batchSize: 8",
      "maxBatchDelay: 50",
      "responseTimeout: 3",
      "startupTimeout: 4.5",
      "jobQueueSize: 16",
      "isolation: process",
      "onnx: { intraOpThreads: 1 }",
      "handler: { keys: [a, b] }",
    ].join("\n");
    const model = { modelName: "m", handler: "h.ts", configFile: "c.yaml" };
    await put({ "m.mar": mar(model, { "h.ts": "", "c.yaml": yaml }) });
    const { settings, manifest, files, ...definition } = await open("m");
    assert.deepEqual(definition, {
      name: "m",
      version: "1.0",
      layout: "model-archive",
      location: join(store, "m.mar"),
      engine: { kind: "handler", handler: "h.ts", serializedFile: null },
      platform: null,
      maxBatchSize: 8,
      inputs: [],
      outputs: [],
      batching: { maxQueueDelay: 50, preferredBatchSizes: [], maxQueueSize: 16 },
      instances: 2,
      onnx: { intraOpThreads: 1, interOpThreads: null, executionMode: "sequential", graphOptimization: "all" },
      isolation: "process",
      loadTimeout: 4500,
      responseTimeout: 3000,
      warmup: [],
    });
    assert.deepEqual((settings as { handler: unknown }).handler, { keys: ["a", "b"] });
    assert.deepEqual((manifest as { model: unknown }).model, { ...model, modelVersion: "1.0" });
    assert.deepEqual(files.list(), ["MAR-INF/MANIFEST.json", "c.yaml", "h.ts"]);
  });

  it("with a built-in handler and an ONNX file runs here, whatever runtime it was packed for", async () => {
    const model = { modelName: "m", handler: "image_classifier", serializedFile: "m.onnx" };
    await put({ "m.mar": mar(model, { "m.onnx": "m" }, "python") });
    assert.equal((await open("m")).engine.kind, "handler");
  });

  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ["a Python handler", mar({ modelName: "m", handler: "h.py" }, { "h.py": "" }, "python"), "runtime-unsupported"],
    [
      "no handler and no ONNX file",
      mar({ modelName: "m", serializedFile: "m.pt" }, { "m.pt": "" }),
      "config-unsupported",
    ],
    ["nothing to run", mar({ modelName: "m" }), "config-unsupported"],
    ["a handler that is not in it", mar({ modelName: "m", handler: "h.ts" }), "file-missing"],
    ["a serialized file that is not in it", mar({ modelName: "m", serializedFile: "m.onnx" }), "file-missing"],
    [
      "a configuration that is not in it",
      mar({ modelName: "m", handler: "h.ts", configFile: "c" }, { "h.ts": "" }),
      "file-missing",
    ],
    ["a model name with a path in it", mar({ modelName: "../m" }), "manifest-malformed"],
    ["a manifest without a model", zipBytes([{ name: "MAR-INF/MANIFEST.json", data: "{}" }]), "manifest-malformed"],
    ["a manifest that is not JSON", zipBytes([{ name: "MAR-INF/MANIFEST.json", data: "{" }]), "manifest-malformed"],
  ];
  for (const [what, bytes, code] of refusals) {
    it(`with ${what} is refused`, async () => {
      await put({ "m.mar": bytes });
      await assert.rejects(open("m"), { code });
    });
  }

  const settings: readonly (readonly [string, string, string])[] = [
    ["a batch size of 0", "batchSize: 0", "config-value"],
    ["a time-out in words", "responseTimeout: long", "config-value"],
    ["an unknown isolation", "isolation: magic", "config-value"],
    ["an unknown onnx option", "onnx: { threads: 1 }", "config-value"],
    ["a list for a mapping", "- a", "config-value"],
    ["ill-formed YAML", "a: [1", "config-syntax"],
    ["a key twice", "a: 1\na: 2", "config-syntax"],
    [
      "aliases that multiply",
      `a: &a [${"x,".repeat(20)}]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\nd: [${"*c,".repeat(20)}]`,
      "config-syntax",
    ],
  ];
  for (const [what, yaml, code] of settings) {
    it(`with settings that have ${what} is refused`, async () => {
      const model = { modelName: "m", handler: "h.ts", configFile: "c.yaml" };
      await put({ "m.mar": mar(model, { "h.ts": "", "c.yaml": yaml }) });
      await assert.rejects(open("m"), { code });
    });
  }
});

describe("a folder", () => {
  it("gives only files that lie in it, through links inside it", async () => {
    await put({ "secret.txt": "s", "m/data/real.onnx": "m", "m/1/sub/deep.txt": "d", "m/1/.hidden": "h" });
    await symlink("../data/real.onnx", join(store, "m/1/model.onnx"));
    await symlink("../../secret.txt", join(store, "m/1/leak.txt"));
    await symlink("nowhere", join(store, "m/1/dangling"));
    const { files } = await open("m");
    assert.deepEqual(files.list(), ["model.onnx", "sub/deep.txt"]);
    assert.equal(files.path("../../secret.txt"), null);
    assert.equal(files.size("leak.txt"), null);
    await assert.rejects(files.read("leak.txt"), { code: "file-missing" });
  });

  it("of an ONNX file gives the file and its weights, not its neighbours", async () => {
    await put({ "a.onnx": "m", "a.onnx.data": "w", "a.onnx_data": "w", "ab.onnx": "m", "b.onnx": "m" });
    assert.deepEqual((await open("a")).files.list(), ["a.onnx", "a.onnx.data", "a.onnx_data"]);
    assert.deepEqual(problems, []);
  });

  it("with a SavedModel or without a model says what it has", async () => {
    await put({ "saved/1/saved_model.pb": "m", "other/1/model.pt": "m" });
    await assert.rejects(open("saved"), { code: "config-unsupported" });
    await assert.rejects(open("other"), { code: "file-missing" });
  });

  it("with a broken configuration is listed, and says why when it is opened", async () => {
    await put({ "m/config.pbtxt": "max_batch_size: {", "m/1/model.onnx": "m" });
    assert.deepEqual(await found(), { m: ["1"] });
    await assert.rejects(open("m"), { code: "config-syntax" });
  });

  it("may hold its model file in a folder of the same name", async () => {
    await put({ "m/config.pbtxt": "", "m/1/model.onnx/model.onnx": "m" });
    assert.deepEqual((await open("m")).engine, { kind: "onnx", file: "model.onnx/model.onnx" });
  });

  it("of another name than its configuration says is refused", async () => {
    await put({ "m/config.pbtxt": 'name: "other"', "m/1/model.onnx": "m" });
    await assert.rejects(open("m"), { code: "config-value" });
  });

  it("of a reference model needs no file", async () => {
    await put({ "simple/config.pbtxt": 'backend: "add_sub" version_policy { all { } }', "simple/1/.keep": "" });
    const { engine, platform } = await open("simple");
    assert.deepEqual([engine, platform], [{ kind: "reference", model: "add_sub" }, "sealserve_reference"]);
    assert.deepEqual((await scan()).get("simple")?.policy, { kind: "all" });
  });

  it("with settings that have no effect says so", async () => {
    await put({ "m/config.pbtxt": 'metric_tags { key: "a" value: "b" }', "m/1/model.onnx": "m" });
    await open("m");
    assert.equal(problems.length, 1);
  });
});
