// The backend over a real folder: what it finds, what it chooses, and what it does when files change.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { InferenceService, ModelStatus } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "./backend.ts";
import { backendConfig } from "./config.ts";
import { servedModel } from "./mesh/served-model.ts";

const identity = 'backend: "identity"\nmax_batch_size: 8\n';

async function inStore(
  files: Readonly<Record<string, string>>,
  settings: object,
  act: (backend: Backend, write: (name: string, text: string) => Promise<void>, store: string) => Promise<void>,
): Promise<void> {
  const modelStore = await mkdtemp(join(tmpdir(), "sealserve-backend-"));
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(modelStore, name)), { recursive: true });
    await writeFile(join(modelStore, name), text);
  };
  try {
    for (const [name, text] of Object.entries(files)) await write(name, text);
    const config = backendConfig.parse({ modelStore, pollInterval: 20, ...settings });
    await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger() });
    await backend.settled();
    await act(backend, write, modelStore);
  } finally {
    await rm(modelStore, { recursive: true, force: true });
  }
}

/** Polls until a status is as wanted; the test runner's time-out ends a wait in vain. */
async function until(service: InferenceService, holds: (statuses: readonly ModelStatus[]) => boolean): Promise<void> {
  while (!holds(await service.list())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const isAvailable = (model: string, version: string) => (statuses: readonly ModelStatus[]) =>
  statuses.some((status) => status.name === model && status.version === version && status.state === "available");

test("serves the newest version, or those that the configuration chooses", async () => {
  const files = { "m/config.pbtxt": identity, "m/1/x": "", "m/2/x": "", "m/3/x": "" };
  const available = async (settings: object): Promise<readonly string[]> => {
    const found: string[] = [];
    await inStore(files, { pollInterval: 0, ...settings }, async ({ service }) => {
      for (const { version, state } of await service.list()) if (state === "available") found.push(version);
    });
    return found.sort();
  };
  assert.deepEqual(await available({}), ["3"]);
  assert.deepEqual(await available({ models: { m: { versions: "all" } } }), ["1", "2", "3"]);
  assert.deepEqual(await available({ models: { m: { versions: { latest: 2 } } } }), ["2", "3"]);
  assert.deepEqual(await available({ models: { m: { versions: { specific: ["1"] } } } }), ["1"]);
});

test("a version that failed is tried again once its files change, and not before", async () => {
  await inStore({ "m/config.pbtxt": "backend: 7", "m/1/x": "" }, {}, async ({ service }, write) => {
    const [failed] = await service.list();
    assert.equal(failed?.state, "end");
    assert.match(failed?.reason ?? "", /config\.pbtxt/);
    await write("m/config.pbtxt", identity);
    await until(service, isAvailable("m", "1"));
  });
});

test("a version that could not be loaded is described as it would run, without workers", async () => {
  const models = { m: { instances: 2, maxQueueSize: 5 } };
  await inStore({ "m/1/model.onnx": "no model" }, { models }, async (backend) => {
    assert.equal((await backend.service.list())[0]?.state, "end");
    const served = servedModel(backend, "m", "1");
    assert.deepEqual([served?.instances, served?.maxQueueSize, served?.kind], [2, 5, "tensors"]);
    assert.deepEqual([served?.workers, served?.waiting, served?.loadedAtStart], [[], 0, true]);
    assert.equal(backend.loaded("m", "1"), null);
    assert.equal(servedModel(backend, "m", "2"), null);
  });
});

test("a new version takes over, a new model is found, and a vanished store unloads nothing", async () => {
  await inStore({ "m/config.pbtxt": identity, "m/1/x": "" }, {}, async ({ service, knows }, write, store) => {
    await write("m/2/x", "");
    await until(service, isAvailable("m", "2"));
    await write("n/config.pbtxt", identity);
    await write("n/1/x", "");
    await until(service, isAvailable("n", "1"));
    assert.ok(knows("n", "1") && !knows("n", "2") && !knows("o", null));
    // At once: a folder that is emptied before it goes is, for a moment, a store without models.
    await rename(store, `${store}-gone`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(isAvailable("n", "1")(await service.list()));
    await rm(`${store}-gone`, { recursive: true });
  });
});

test("settings of the configuration win over the model's own", async () => {
  const models = { m: { maxBatchSize: 2, maxQueueSize: 5 } };
  await inStore({ "m/config.pbtxt": identity, "m/1/x": "" }, { models }, async ({ loaded, service }) => {
    assert.equal((await service.metadata({ name: "m" })).maxBatchSize, 2);
    assert.equal(loaded("m", "1")?.definition.batching.maxQueueSize, 5);
    assert.equal(loaded("m", "2"), null);
  });
});

test("a store that is not there fails the start", async () => {
  const config = backendConfig.parse({ modelStore: "/nowhere/at/all" });
  await assert.rejects(
    startBackend(config, { clock: systemClock(), logger: silentLogger() }),
    (error) => error instanceof Error && "code" in error && error.code === "store-unusable",
  );
});
