// Archives in a model store: what of manifest and settings is read, and what is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { zipBytes } from "../../../../conformance/fixtures/zip-writer.ts";
import { createStoreScan } from "./scan-model-store.ts";
import { mar, TemporaryStore } from "./testing/temporary-store.ts";

describe("an archive", () => {
  it("that is broken is listed, and says why when it is opened; the others are found", async () => {
    await using store = await TemporaryStore.with({
      "broken.mar": "no zip",
      "evil.mar": zipBytes([{ name: "../x", data: "x" }]),
      "empty.mar": zipBytes([{ name: "x", data: "x" }]),
      "good.onnx": "m",
    });
    assert.deepEqual(await store.found(), { broken: ["1.0"], empty: ["1.0"], evil: ["1.0"], good: ["1"] });
    await assert.rejects(store.open("broken"), { code: "archive-malformed" });
    await assert.rejects(store.open("evil"), { code: "entry-path" });
    await assert.rejects(store.open("empty"), { code: "manifest-missing" });
  });

  it("that is mended is read anew", async () => {
    await using store = await TemporaryStore.with({ "a.mar": "no zip" });
    const poll = createStoreScan(store.folder, { onProblem: () => {} });
    assert.deepEqual([...(await poll()).keys()], ["a"]);
    await store.put({ "a.mar": mar({ modelName: "mended" }) });
    assert.deepEqual([...(await poll()).keys()], ["mended"]);
  });

  it("with an entry that lies is refused, even where nobody would read that entry", async () => {
    const manifest = JSON.stringify({ model: { modelName: "lie", serializedFile: "m.onnx" } });
    const entries = [
      { name: "MAR-INF/MANIFEST.json", data: manifest },
      { name: "m.onnx", data: "m" },
      { name: "notes.txt", data: "longer than it says", claims: { size: 3 } },
    ];
    await using store = await TemporaryStore.with({ "lie.mar": zipBytes(entries) });
    await assert.rejects(store.open("lie"), { code: "entry-size" });
  });

  it("without a handler runs its ONNX file", async () => {
    await using store = await TemporaryStore.with({
      "m.mar": mar({ modelName: "m", serializedFile: "m.onnx" }, { "m.onnx": "m" }, "python"),
    });
    const { engine, maxBatchSize } = await store.open("m");
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
    await using store = await TemporaryStore.with({ "m.mar": mar(model, { "h.ts": "", "c.yaml": yaml }) });
    const { settings, manifest, files, ...definition } = await store.open("m");
    assert.deepEqual(definition, {
      name: "m",
      version: "1.0",
      layout: "model-archive",
      location: store.at("m.mar"),
      engine: { kind: "handler", handler: "h.ts", serializedFile: null },
      platform: null,
      maxBatchSize: 8,
      inputs: [],
      outputs: [],
      batching: { maxQueueDelay: 50, preferredBatchSizes: [], maxQueueSize: 16 },
      scheduling: { kind: "batches" },
      useJobTicket: false,
      clientTimeout: null,
      instances: 2,
      maxInstances: 4,
      onnx: { intraOpThreads: 1, interOpThreads: null, executionMode: "sequential", graphOptimization: "all" },
      isolation: "process",
      loadTimeout: 4500,
      responseTimeout: 3000,
      retryTimeout: 300_000,
      warmup: [],
      asyncCommunication: false,
      useVenv: false,
      parallel: null,
      device: { type: null, ids: [] },
    });
    assert.deepEqual((settings as { handler: unknown }).handler, { keys: ["a", "b"] });
    assert.deepEqual((manifest as { model: unknown }).model, { ...model, modelVersion: "1.0" });
    assert.deepEqual(files.list(), ["MAR-INF/MANIFEST.json", "c.yaml", "h.ts"]);
  });

  it("with a built-in handler and an ONNX file runs here, whatever runtime it was packed for", async () => {
    const model = { modelName: "m", handler: "image_classifier", serializedFile: "m.onnx" };
    await using store = await TemporaryStore.with({ "m.mar": mar(model, { "m.onnx": "m" }, "python") });
    assert.equal((await store.open("m")).engine.kind, "handler");
  });

  it("with a Python handler is for TorchServe's worker, and says how its requests are scheduled", async () => {
    const yaml = [
      "minWorkers: 1",
      "maxWorkers: 2",
      "sequenceBatching: true",
      "maxNumSequence: 4",
      "maxSequenceJobQueueSize: 8",
      "sequenceMaxIdleMSec: 60000",
      "useJobTicket: true",
      "clientTimeoutInMills: 900",
      "maxRetryTimeoutInSec: 5",
      "asyncCommunication: true",
      "useVenv: true",
      "deviceType: gpu",
      "deviceIds: [0, 2]",
      "parallelType: tp",
      "torchrun: { nproc-per-node: 2, OMP_NUMBER_THREADS: 3 }",
    ].join("\n");
    const model = {
      modelName: "m",
      handler: "h:run",
      serializedFile: "m.pt",
      requirementsFile: "r.txt",
      configFile: "c.yaml",
    };
    const files = { "h.py": "", "m.pt": "", "r.txt": "", "c.yaml": yaml };
    await using store = await TemporaryStore.with({ "m.mar": mar(model, files, "python") });
    const { files: _files, manifest: _manifest, settings: _settings, ...found } = await store.open("m");
    const { handler, serializedFile, requirementsFile } = model;
    assert.deepEqual(found.engine, { kind: "python", handler, serializedFile, requirementsFile, envelope: null });
    const { scheduling, parallel, device, useJobTicket, clientTimeout, retryTimeout } = found;
    assert.deepEqual(
      { scheduling, parallel, device, useJobTicket, clientTimeout, retryTimeout },
      {
        scheduling: {
          kind: "sequences",
          maxSequences: 4,
          maxQueueSize: 8,
          idleTimeout: 60_000,
          timeout: 0,
          continuous: false,
        },
        parallel: { type: "tp", level: 2, torchrun: { threads: 3 } },
        device: { type: "gpu", ids: [0, 2] },
        useJobTicket: true,
        clientTimeout: 900,
        retryTimeout: 5000,
      },
    );
    const { asyncCommunication, useVenv, instances, maxInstances } = found;
    assert.deepEqual([asyncCommunication, useVenv, instances, maxInstances], [true, true, 1, 2]);
  });

  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ["a handler in C++", mar({ modelName: "m", handler: "h.so" }, { "h.so": "" }, "LSP"), "runtime-unsupported"],
    ["a Python handler that is not in it", mar({ modelName: "m", handler: "h.py" }, {}, "python"), "file-missing"],
    [
      "requirements that are not in it",
      mar({ modelName: "m", handler: "h", requirementsFile: "r.txt" }, { "h.py": "" }, "python"),
      "file-missing",
    ],
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
      await using store = await TemporaryStore.with({ "m.mar": bytes });
      await assert.rejects(store.open("m"), { code });
    });
  }

  const settings: readonly (readonly [string, string, string])[] = [
    ["a batch size of 0", "batchSize: 0", "config-value"],
    ["a time-out in words", "responseTimeout: long", "config-value"],
    ["ranks on several machines", "parallelType: tp\ntorchrun: { nnodes: 2 }", "config-value"],
    ["a worker of no rank", "parallelType: tp\ntorchrun: { nproc-per-node: 0 }", "config-value"],
    ["ranks that are no mapping", "parallelType: tp\ntorchrun: 2", "config-value"],
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
    // Each key is compared with all before it.
    ["more than anybody writes", Array.from({ length: 9000 }, (_, i) => `k${i}: 1`).join("\n"), "config-value"],
  ];
  for (const [what, yaml, code] of settings) {
    it(`with settings that have ${what} is refused`, async () => {
      const model = { modelName: "m", handler: "h.ts", configFile: "c.yaml" };
      await using store = await TemporaryStore.with({ "m.mar": mar(model, { "h.ts": "", "c.yaml": yaml }) });
      await assert.rejects(store.open("m"), { code });
    });
  }
});
