// Registering workflows over a fake of the nodes: what is loaded and kept, what is undone, and what others did meanwhile.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type DesiredState,
  FetchError,
  InferenceError,
  type LoadOverrides,
  type ModelFetcher,
  type ModelSpec,
  type StoredVersion,
  type WorkflowNode,
  type WorkflowSpec,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { TorchserveRefusal, type WorkflowService } from "@sealserve/protocols/torchserve";
import { systemClock } from "@sealserve/serving";
import { memoryStateStore } from "../state/index.ts";
import { workflowService } from "./workflow-service.ts";

const { signal } = new AbortController();
const settings = { minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 50, retryAttempts: 0, timeout: 1000 };
const node = (name: string, url: string | null, children: string[] = []): WorkflowNode => {
  return { name, url, children, ...settings };
};
const spec = (...nodes: WorkflowNode[]): WorkflowSpec => ({ name: "w", handler: "f.py", defaults: settings, nodes });
const stored: readonly StoredVersion[] = [
  { name: "m", version: "2.0", entry: "m.mar" },
  { name: "far", version: "1.0", entry: "far.mar" },
];
const pair = spec(node("a", "m.mar", ["f"]), node("f", null));

interface Given {
  readonly workflow?: WorkflowSpec;
  /** Throws for models that cannot be loaded. */
  load?(model: ModelSpec): void;
}

interface World {
  readonly service: WorkflowService;
  readonly calls: readonly string[];
  readonly overrides: ReadonlyMap<string, LoadOverrides>;
  readonly fetched: ReadonlySet<string>;
  state(): DesiredState;
  /** Somebody loads a model. */
  said(model: string): Promise<unknown>;
  register(url?: string, workflowName?: string): Promise<string | undefined>;
}

function world({ workflow = pair, load = () => {} }: Given = {}): World {
  const calls: string[] = [];
  const overrides = new Map<string, LoadOverrides>();
  const fetched = new Set<string>();
  const store = memoryStateStore({ newEpoch: () => "e" });
  const fetcher: ModelFetcher = {
    async fetch(url) {
      const entry = url.split("/").at(-1) ?? "";
      if (entry.startsWith("none")) throw new FetchError("not-fetched", { url, reason: "it is not there" });
      fetched.add(entry);
      return { entry, pinned: null };
    },
    async remove(entry) {
      fetched.delete(entry);
    },
  };
  const service = workflowService(
    { changes: { wait: 1000 } },
    {
      ...{ store, fetcher, workflowFetcher: fetcher, clock: systemClock() },
      stored: async () => stored,
      storedWorkflows: async () => ["w.war", "far.war"].map((entry) => ({ entry, spec: workflow })),
      management: {
        async load(model, given, { signal: waiting }) {
          calls.push(`load ${model.name} ${model.version}`);
          overrides.set(model.name, given);
          await store.change((models) => ({ ...models, [model.name]: { loaded: true } }));
          load(model);
          if (waiting.aborted) throw new InferenceError("cancelled", {});
        },
        async unload({ name }) {
          calls.push(`unload ${name}`);
          if (!store.current.models[name]?.loaded) throw new InferenceError("model-not-found", { model: name });
          await store.change((models) => ({ ...models, [name]: { loaded: false } }));
        },
        async change() {},
      },
      service: {
        async infer({ model, inputs }) {
          const outputs = [
            { name: "prediction", datatype: "UINT8", shape: [1], bytes: utf8(`${inputs[0]?.name}`) },
          ] as const;
          return { model: { name: model.name, version: "1" }, outputs };
        },
        metadata: async ({ name }) => {
          return {
            name,
            version: "1",
            versions: ["1"],
            platform: "p",
            kind: "fields",
            maxBatchSize: 0,
            inputs: [],
            outputs: [],
          };
        },
      },
    },
  );
  return {
    ...{ service, calls, overrides, fetched, state: () => store.current },
    said: (model) => store.change((models) => ({ ...models, [model]: { loaded: true } })),
    register: async (url = "w.war", workflowName) =>
      service.changes?.register({ url, ...(workflowName === undefined ? {} : { workflowName }) }, signal),
  };
}

const refusedWith = (code: number, type: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TorchserveRefusal);
  assert.partialDeepStrictEqual(error.document, { code, type });
  assert.match(error.document.message, pattern);
  return true;
};

describe("registering a workflow", () => {
  it("loads its nodes under names of their own, and keeps it", async () => {
    const { register, calls, overrides, state, service } = world();
    assert.equal(await register(), "w");
    assert.deepEqual(calls, ["load w__a 2.0", "load w__f 1.0"]);
    const common = { instances: 1, maxInstances: 1, maxBatchSize: 1, maxQueueDelay: 50 };
    assert.deepEqual(overrides.get("w__a"), { ...common, source: { entry: "m.mar" } });
    assert.deepEqual(overrides.get("w__f"), { ...common, source: { entry: "w.war", handler: "f.py:f" } });
    assert.deepEqual(state().workflows, { w: { spec: pair, entry: "w.war" } });
    assert.deepEqual(await service.list(), [{ workflowName: "w", workflowUrl: "w.war" }]);
    assert.equal((await service.describe("w"))?.workflowDag, "{a=[f]}");
    assert.equal(await service.describe("constructor"), null);
    const answer = await service.predict("w", { id: "1", headers: {}, fields: [] }, signal);
    assert.deepEqual(answer, new Map([["f", utf8("body")]]));
  });

  it("under a name that is taken, or cannot be one, loads nothing", async () => {
    const { register, calls, service } = world();
    await register("w.war", "other");
    await assert.rejects(register("w.war", "other"), refusedWith(409, "ConflictStatusException", /already registered/));
    await assert.rejects(register("w.war", "a b"), refusedWith(400, "BadRequestException", /a b/));
    await assert.rejects(register("w.war", "x".repeat(127)), refusedWith(500, "WorkflowException", /too long/));
    assert.equal(calls.length, 2);
    assert.deepEqual((await service.list()).length, 1);
  });

  it("never replaces a model that somebody loaded by a node's name", async () => {
    const { register, calls, said } = world();
    await said("w__f");
    await assert.rejects(
      register(),
      refusedWith(500, "WorkflowException", /1\.0 is already registered for model w__f/),
    );
    assert.deepEqual(calls, []);
  });

  it("of which a model cannot be loaded undoes all of it", async () => {
    const load = ({ name }: ModelSpec) => {
      if (name === "w__f") throw new InferenceError("load-failed", { model: name, version: "1.0", reason: "secret" });
    };
    const { register, calls, state } = world({ load });
    await assert.rejects(register(), (error: unknown) => {
      assert.ok(error instanceof TorchserveRefusal);
      assert.match(
        error.document.message,
        /^Workflow w has failed to register\. Failures: \[Failed to start workers for model w__f version: 1\.0\]$/,
      );
      assert.doesNotMatch(error.document.message, /secret/);
      return true;
    });
    assert.deepEqual(calls.slice(2), ["unload w__a", "unload w__f"]);
    assert.deepEqual(state().workflows ?? {}, {});
    assert.ok(Object.values(state().models).every(({ loaded }) => !loaded));
  });

  it("comes to its end though whoever asked is gone", async () => {
    const gone = new AbortController();
    const load = (): void => gone.abort();
    const { service, state } = world({ load });
    assert.equal(await service.changes?.register({ url: "w.war" }, gone.signal), "w");
    assert.deepEqual(Object.keys(state().workflows ?? {}), ["w"]);
  });

  it("refuses archives that are not there", async () => {
    const { register, calls } = world({ workflow: spec(node("a", "none.mar")) });
    await assert.rejects(register(), refusedWith(500, "WorkflowException", /Model not found at: none\.mar/));
    await assert.rejects(register("x.war"), refusedWith(404, "WorkflowNotFoundException", /x\.war/));
    assert.deepEqual(calls, []);
  });

  it("removes what was fetched for one that does not come to be", async () => {
    const far = spec(node("a", "https://host/far.mar", ["b"]), node("b", "https://host/none.mar"));
    const { register, fetched, calls } = world({ workflow: far });
    await assert.rejects(register("https://host/far.war"), refusedWith(500, "WorkflowException", /none\.mar/));
    assert.deepEqual([...fetched], []);
    assert.deepEqual(calls, []);
  });
});

describe("unregistering a workflow", () => {
  it("unloads its models, though some are gone, and removes what was fetched", async () => {
    const { register, service, fetched, calls, state } = world({ workflow: spec(node("a", "m.mar")) });
    await register("https://host/far.war");
    assert.deepEqual([...fetched], ["far.war"]);
    assert.deepEqual(await service.list(), [{ workflowName: "w", workflowUrl: "https://host/far.war" }]);
    assert.equal(await service.changes?.unregister("none", signal), false);
    assert.equal(await service.changes?.unregister("w", signal), true);
    assert.equal(await service.changes?.unregister("w", signal), false);
    assert.deepEqual([[...fetched], calls.at(-1)], [[], "unload w__a"]);
    assert.deepEqual(state().workflows ?? {}, {});
    assert.equal(await service.predict("w", { id: "1", headers: {}, fields: [] }, signal), null);
  });
});
