// Which models a start begins with, from the command line, the file or a snapshot, and what they are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredVersion } from "@sealserve/inference";
import { readProperties } from "@sealserve/migration";
import { archiveDefaults, startupModels } from "./startup-models.ts";

const stored: readonly StoredVersion[] = [
  { name: "a", version: "1.0", entry: "a.mar" },
  { name: "a", version: "2.0", entry: "a2.mar" },
  { name: "b", version: "1.0", entry: "b.mar" },
  { name: "broken", version: "1.0", entry: "broken.mar", fault: "unreadable" },
];
const options = { modelStore: "/store", models: null, fetched: new Map<string, string>(), processors: 6 };

function start(text: string, more: Partial<typeof options> | { readonly models: readonly string[] } = {}) {
  return startupModels(readProperties(text, {}).properties, stored, { ...options, ...more });
}

test("all that can be read, under the names of the archives; the first version of a model is its default", () => {
  const { models, problems } = start("load_models=all");
  assert.deepEqual(Object.keys(models), ["a", "b"]);
  assert.deepEqual(models["a"], {
    ...{ loaded: true, versions: ["1.0", "2.0"], defaultVersion: "1.0", versionSettings: {} },
    sources: { "1.0": { entry: "a.mar" }, "2.0": { entry: "a2.mar" } },
  });
  assert.deepEqual(problems, ["broken.mar: it is no archive"]);
  assert.deepEqual(start("load_models=broken.mar").problems, problems);
  assert.deepEqual(start(""), { models: {}, problems: [] });
});

test("those that are named, under other names; what is not there is told, and the others are loaded", () => {
  const { models, problems } = start("load_models=all", { models: ["x=a.mar", "/store/b.mar", "gone.mar", "x=a.mar"] });
  assert.deepEqual(Object.keys(models), ["x", "b"]);
  assert.equal(problems.length, 2);
  const fetched = new Map([["https://h/a.mar", "a.mar"]]);
  const url = "https://h/a.mar";
  assert.deepEqual(start(`load_models=y=${url}`, { fetched }).models["y"]?.sources, { "1.0": { entry: "a.mar", url } });
});

test("a snapshot says all, over whatever else is named", () => {
  const versions = {
    "1.0": { marName: "a.mar", minWorkers: 0, maxWorkers: 2 },
    "2.0": { marName: "a2.mar", defaultVersion: true, batchSize: 4, maxBatchDelay: 9, responseTimeout: 7 },
  };
  const text = `load_models=all\nmodel_snapshot=${JSON.stringify({ name: "s", models: { a: versions } })}`;
  const { models } = start(text, { models: ["b.mar"] });
  assert.deepEqual(Object.keys(models), ["a"]);
  assert.equal(models["a"]?.defaultVersion, "2.0");
  assert.deepEqual(models["a"]?.versionSettings, {
    "1.0": { instances: 0, maxInstances: 2 },
    "2.0": { maxBatchSize: 4, maxQueueDelay: 9, responseTimeout: 7_000 },
  });
});

test("archives that say nothing have what the file says of their version, else of all, else TorchServe's own", () => {
  const models = JSON.stringify({ a: { "1.0": { marName: "a.mar", minWorkers: 2, batchSize: 8 } } });
  const { properties } = readProperties(`load_models=all\ndefault_response_timeout=5\nmodels=${models}`, {});
  const defaults = archiveDefaults(properties, start("load_models=all"), options);
  const common = { maxQueueSize: 100, maxQueueDelay: 100, responseTimeout: 5_000, loadTimeout: 120_000 };
  assert.deepEqual(defaults("a", "1.0"), { ...common, instances: 2, maxInstances: 2, maxBatchSize: 8 });
  assert.deepEqual(defaults("b", "1.0"), { ...common, instances: 6, maxInstances: 6 });
  // What a call registers has no workers unless the file or its archive says so.
  assert.deepEqual(defaults("later", "1.0"), { ...common, instances: 0, maxInstances: 0 });
  const negative = readProperties("load_models=all\ndefault_workers_per_model=-1", {}).properties;
  assert.equal(archiveDefaults(negative, start("load_models=all"), options)("b", "1.0").instances, 6);
  assert.equal(archiveDefaults(negative, start(""), options)("later", "1.0").instances, 0);
  const two = readProperties("default_workers_per_model=2", {}).properties;
  assert.equal(archiveDefaults(two, start(""), options)("later", "1.0").instances, 2);
});
