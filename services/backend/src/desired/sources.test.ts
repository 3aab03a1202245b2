// Versions that come from an entry of the store under another name, with another handler, or from one of two entries that hold the same.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import type { DesiredModel } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";
import { servedModel } from "../mesh/served-model.ts";

const saying = (word: string) => `export function handle(rows) { return rows.map(() => "${word}"); }\n`;
const signal = AbortSignal.timeout(20_000);

let modelStore: string;
before(async () => {
  modelStore = await mkdtemp(join(tmpdir(), "sealserve-sources-"));
  const put = (entry: string, word: string, version = "1.0") => {
    const manifest = { runtime: "node", model: { modelName: "m", modelVersion: version, handler: "handler.ts" } };
    const files = {
      "handler.ts": saying(word),
      "second.ts": saying("second"),
      "MAR-INF/MANIFEST.json": JSON.stringify(manifest),
    };
    return writeFile(join(modelStore, entry), zipBytes(Object.entries(files).map(([name, data]) => ({ name, data }))));
  };
  await put("a.mar", "a");
  await put("b.mar", "b");
  await put("beta.mar", "beta", "2.0-beta");
});
after(() => rm(modelStore, { recursive: true, force: true }));

async function withBackend(act: (backend: Backend) => Promise<void>, measured = false): Promise<void> {
  const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0, modelControl: "explicit" });
  const parts = { clock: systemClock(), logger: silentLogger() };
  await using backend = await startBackend(config, measured ? { ...parts, measured: { modelCode: "any" } } : parts);
  await act(backend);
}

async function answers({ service }: Backend, name: string, version?: string): Promise<string> {
  const model = version === undefined ? { name } : { name, version };
  const { outputs } = await service.infer({ model, inputs: [] }, signal);
  return textOf(outputs[0]?.bytes.subarray(4) ?? new Uint8Array());
}

let revision = 0;
async function come(backend: Backend, models: Readonly<Record<string, DesiredModel>>): Promise<void> {
  await backend.apply({ epoch: "e", revision: ++revision, models });
  await backend.settled();
  while (backend.desired?.revision !== revision) await new Promise((resolve) => setTimeout(resolve, 1));
}

const from = (entry: string, others = {}): DesiredModel => ({
  ...{ loaded: true, versions: ["1.0"], sources: { "1.0": { entry, ...others } } },
});

describe("a version from an entry", () => {
  it("bears any name, and two models come from one entry", async () => {
    await withBackend(async (backend) => {
      await come(backend, { one: from("a.mar"), two: from("a.mar", { handler: "second.ts" }), m: from("b.mar") });
      const said = [await answers(backend, "one"), await answers(backend, "two"), await answers(backend, "m")];
      assert.deepEqual(said, ["a", "second", "b"]);
      assert.equal(servedModel(backend, "two", "1.0")?.url, "a.mar");
      await come(backend, { one: { loaded: false }, two: from("a.mar"), m: from("a.mar") });
      await assert.rejects(answers(backend, "one"));
      assert.deepEqual([await answers(backend, "two"), await answers(backend, "m")], ["a", "a"]);
    });
  });

  it("is told with all others in the store, whatever holds the same", async () => {
    await withBackend(async (backend) => {
      const stored = backend.stored().map(({ name, version, entry }) => `${name} ${version} ${entry}`);
      assert.deepEqual(stored, ["m 2.0-beta beta.mar", "m 1.0 a.mar", "m 1.0 b.mar"]);
      await come(backend, { m: { loaded: true, versions: ["2.0-beta", "1.0"], defaultVersion: "2.0-beta" } });
      assert.deepEqual([await answers(backend, "m"), await answers(backend, "m", "1.0")], ["beta", "a"]);
    });
  });

  it("that is gone, or whose handler is not there, fails alone", async () => {
    await withBackend(async (backend) => {
      await come(backend, { gone: from("gone.mar"), bad: from("a.mar", { handler: "none.ts" }), good: from("a.mar") });
      assert.equal(await answers(backend, "good"), "a");
      const statuses = await backend.service.list();
      assert.match(statuses.find(({ name }) => name === "bad")?.reason ?? "", /none\.ts/);
      assert.ok(!statuses.some(({ name }) => name === "gone"));
    });
  });

  it("keeps its own handler where evidence names what is loaded", async () => {
    await withBackend(async (backend) => {
      await come(backend, { own: from("a.mar"), other: from("a.mar", { handler: "second.ts" }) });
      assert.equal(await answers(backend, "own"), "a");
      const [other] = await backend.service.status({ name: "other" });
      assert.match(other?.reason ?? "", /evidence/);
    }, true);
  });
});

describe("a function of a workflow archive", () => {
  const functions = (node: string): DesiredModel => from("w.war", { handler: `f.ts:${node}` });

  it("is a version like others, also where evidence names what is loaded, but only as the archive says", async () => {
    const manifest = { workflow: { workflowName: "w", specFile: "s.yaml", handler: "f.ts" } };
    const say = (node: string) => `export function ${node}(rows) { return rows.map(() => "${node}"); }\n`;
    const files = {
      "WAR-INF/MANIFEST.json": JSON.stringify(manifest),
      "s.yaml": "dag:\n  first: [second]\n",
      "f.ts": say("first") + say("second") + say("third"),
    };
    const war = zipBytes(Object.entries(files).map(([name, data]) => ({ name, data })));
    await writeFile(join(modelStore, "w.war"), war);
    for (const measured of [false, true]) {
      await withBackend(async (backend) => {
        const named = { w__first: functions("first"), w__second: functions("second") };
        await come(backend, { ...named, w__third: functions("third"), w__fourth: functions("first") });
        assert.deepEqual(
          [await answers(backend, "w__first"), await answers(backend, "w__second")],
          ["first", "second"],
        );
        assert.equal(backend.root("w__first", "1.0") !== null, measured);
        for (const name of ["w__third", "w__fourth"]) {
          const [status] = await backend.service.status({ name });
          assert.match(status?.reason ?? "", /its functions are first, second/);
        }
        assert.equal(backend.workflows()[0]?.spec?.nodes.length, 2);
        assert.ok(!backend.stored().some(({ entry }) => entry === "w.war"));
      }, measured);
    }
  });
});

describe("settings of one version", () => {
  it("leave the others, and instances that stay", async () => {
    await withBackend(async (backend) => {
      const both = { loaded: true, versions: ["1.0", "2.0-beta"], instances: 1 };
      await come(backend, { m: both });
      const workers = (version: string) => servedModel(backend, "m", version)?.workers ?? [];
      const [first] = workers("1.0");
      assert.ok(first);
      await come(backend, { m: { ...both, versionSettings: { "1.0": { instances: 3, maxInstances: 4 } } } });
      assert.deepEqual([workers("1.0").length, workers("2.0-beta").length], [3, 1]);
      assert.deepEqual(workers("1.0")[0], first);
      const { instances, maxInstances } = servedModel(backend, "m", "1.0") ?? {};
      assert.deepEqual([instances, maxInstances], [3, 4]);
      await come(backend, { m: { ...both, versionSettings: { "1.0": { instances: 0 } } } });
      assert.deepEqual(workers("1.0"), []);
      await assert.rejects(answers(backend, "m", "1.0"), { code: "no-instance" });
      await come(backend, { m: both });
      assert.equal(await answers(backend, "m", "1.0"), "a");
    });
  });

  it("may be none from the start", async () => {
    await withBackend(async (backend) => {
      await come(backend, { m: { ...from("a.mar"), instances: 0 } });
      const served = servedModel(backend, "m", "1.0");
      assert.deepEqual([served?.instances, served?.maxInstances, served?.workers], [0, 0, []]);
      await assert.rejects(answers(backend, "m"), { code: "no-instance" });
    });
  });
});
