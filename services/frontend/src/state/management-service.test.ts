// Management calls: what each makes of the state, how long it waits for the nodes, and what it tells of them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import type { DesiredModel, ManagementService, ModelStatus } from "@sealserve/inference";
import { systemClock } from "@sealserve/serving";
import { type DesiredStateStore, managementService, memoryStateStore, type NodeProgress } from "./index.ts";

const { signal } = new AbortController();
const now = { wait: 0, signal };
const waiting = { wait: 1000, signal };
const available = (version: string): ModelStatus => ({ name: "m", version, state: "available" });
const stored = ["1", "2", "3"].map((version) => ({ name: "m", version, entry: `m-${version}.mar` }));

interface World {
  readonly management: ManagementService;
  readonly store: DesiredStateStore;
  said(): DesiredModel | undefined;
}

/** Nodes that have taken every state, and say this of their models. */
function world(models: readonly ModelStatus[], others: Partial<NodeProgress> = {}, clock = systemClock()): World {
  const store = memoryStateStore({ newEpoch: () => "e" });
  const nodes = async () => [{ where: "here", desired: store.current, models, stored, ...others }];
  const management = managementService({ askInterval: 1 }, { store, nodes, clock });
  return { management, store, said: () => store.current.models["m"] };
}

describe("load", () => {
  it("says of a model what was said before, with what the call says, and counts", async () => {
    const { management, said } = world([available("3")]);
    await management.load({ name: "m" }, { instances: 2 }, waiting);
    assert.deepEqual(said(), { loaded: true, instances: 2, attempt: 1 });
    await management.load({ name: "m" }, { maxBatchSize: 4 }, waiting);
    assert.deepEqual(said(), { loaded: true, instances: 2, maxBatchSize: 4, attempt: 2 });
  });

  it("of a version keeps those that are there", async () => {
    const { management, said } = world([available("3"), { name: "m", version: "2", state: "end" }]);
    await management.load({ name: "m", version: "1" }, {}, now);
    assert.deepEqual(said()?.versions, ["3", "1"]);
    await management.load({ name: "m", version: "1.0" }, {}, now);
    assert.deepEqual(said()?.versions, ["3", "1"]);
    await management.load({ name: "m" }, {}, now);
    assert.equal(said()?.versions, undefined);
  });

  it("of a version where nothing was loaded means that one alone", async () => {
    const { management, said } = world([available("3")]);
    await management.unload({ name: "m" }, now);
    await management.load({ name: "m", version: "1" }, {}, now);
    assert.deepEqual(said()?.versions, ["1"]);
  });

  it("refuses what no node has in its store, and changes nothing", async () => {
    const { management, store } = world([]);
    await assert.rejects(management.load({ name: "none" }, {}, now), { code: "model-not-found" });
    await assert.rejects(management.load({ name: "m", version: "9" }, {}, now), { code: "version-not-found" });
    assert.equal(store.current.revision, 0);
    const unknowing = world([], { stored: null });
    await unknowing.management.load({ name: "any" }, {}, now);
    assert.equal(unknowing.store.current.revision, 1);
  });

  it("tells why the model does not serve, though the change is kept", async () => {
    const failed = { name: "m", version: "3", state: "end", reason: "broken" } as const;
    const { management, said } = world([failed, available("2")]);
    await assert.rejects(management.load({ name: "m" }, {}, waiting), {
      code: "load-failed",
      facts: { model: "m", version: "3", reason: "broken" },
    });
    assert.equal(said()?.loaded, true);
    await assert.rejects(world([]).management.load({ name: "m" }, {}, waiting), { code: "load-failed" });
  });
});

describe("load of a version", () => {
  it("makes the first one the default, whatever comes later", async () => {
    const { management, said } = world([]);
    await management.load({ name: "m", version: "2" }, {}, now);
    await management.load({ name: "m", version: "3" }, { instances: 0 }, now);
    assert.deepEqual(said(), {
      ...{ loaded: true, defaultVersion: "2", versions: ["2", "3"], attempt: 2 },
      versionSettings: { "3": { instances: 0 } },
    });
    await assert.rejects(management.unload({ name: "m", version: "2" }, now), { code: "default-version" });
    await management.change({ name: "m", version: "2" }, { instances: 2 }, now);
    await management.change({ name: "m" }, { defaultVersion: "3" }, now);
    await management.unload({ name: "m", version: "2.0" }, now);
    const left = { loaded: true, defaultVersion: "3", versions: ["3"], attempt: 2 };
    assert.deepEqual(said(), { ...left, versionSettings: { "3": { instances: 0 } } });
  });

  it("takes another name, another handler and versions that are no numbers", async () => {
    const { management, said, store } = world([{ name: "other", version: "2.0-beta", state: "available" }]);
    const source = { entry: "m-1.mar", handler: "h.py:run" };
    await management.load({ name: "other", version: "2.0-beta" }, { source }, waiting);
    const other = { loaded: true, defaultVersion: "2.0-beta", versions: ["2.0-beta"], attempt: 1 };
    assert.deepEqual(store.current.models["other"], { ...other, sources: { "2.0-beta": source } });
    await management.load({ name: "other" }, {}, now);
    assert.equal(said(), undefined);
    await management.unload({ name: "other", version: "2.0-beta" }, now);
    assert.deepEqual(store.current.models["other"], { loaded: false, attempt: 2 });
  });

  it("refuses entries that nobody has, and names that are none", async () => {
    const { management, store } = world([]);
    const load = (name: string, entry: string) => management.load({ name, version: "1" }, { source: { entry } }, now);
    await assert.rejects(load("a", "none.mar"), { code: "model-not-found" });
    for (const name of ["", "a/b", "a b", "../a", "a\nb", "__proto__"]) {
      await assert.rejects(load(name, "m-1.mar"), { code: "invalid-parameter" });
    }
    assert.equal(store.current.revision, 0);
  });
});

describe("unload", () => {
  it("leaves nothing of what was said but the count", async () => {
    const { management, said } = world([available("3")]);
    await management.load({ name: "m" }, { instances: 2 }, now);
    await management.unload({ name: "m" }, now);
    assert.deepEqual(said(), { loaded: false, attempt: 1 });
    await management.load({ name: "m" }, {}, now);
    assert.deepEqual(said(), { loaded: true, attempt: 2 });
  });

  it("of a version leaves the others, never them without a default", async () => {
    const { management, said } = world([available("3"), available("2")]);
    await assert.rejects(management.unload({ name: "m", version: "3" }, now), { code: "default-version" });
    await assert.rejects(management.unload({ name: "m", version: "1" }, now), { code: "version-not-found" });
    await management.unload({ name: "m", version: "2" }, now);
    assert.deepEqual(said()?.versions, ["3"]);
    await management.unload({ name: "m", version: "3" }, now);
    assert.equal(said()?.loaded, false);
  });

  it("is fulfilled once every version has ended", async () => {
    const going = world([{ name: "m", version: "3", state: "unloading" }]);
    await assert.rejects(going.management.unload({ name: "m" }, { wait: 5, signal }), { code: "not-converged" });
    await world([{ name: "m", version: "3", state: "end" }]).management.unload({ name: "m" }, waiting);
  });

  it("of what nobody has is refused", async () => {
    const { management } = world([]);
    await assert.rejects(management.unload({ name: "none" }, now), { code: "model-not-found" });
  });
});

describe("change", () => {
  it("is of loaded models and versions only, and the default is one of them", async () => {
    const { management, said } = world([available("3"), available("2")]);
    await management.change({ name: "m" }, { defaultVersion: "2" }, waiting);
    assert.deepEqual(said(), { loaded: true, defaultVersion: "2" });
    const refused = management.change({ name: "m" }, { defaultVersion: "1" }, now);
    await assert.rejects(refused, { code: "version-not-found" });
    await management.unload({ name: "m" }, now);
    await assert.rejects(management.change({ name: "m" }, { instances: 2 }, now), { code: "model-not-found" });
  });

  it("of all versions wins over what was said of one before", async () => {
    const { management, said } = world([available("3"), available("2")]);
    await management.change({ name: "m", version: "2" }, { instances: 5, maxBatchSize: 2 }, now);
    await management.change({ name: "m", version: "2.0" }, { maxInstances: 6 }, now);
    assert.deepEqual(said(), {
      loaded: true,
      versionSettings: { "2.0": { instances: 5, maxBatchSize: 2, maxInstances: 6 } },
    });
    await management.change({ name: "m" }, { instances: 1, maxInstances: 1 }, now);
    const left = { "2.0": { maxBatchSize: 2 } };
    assert.deepEqual(said(), { loaded: true, instances: 1, maxInstances: 1, versionSettings: left });
    await management.change({ name: "m" }, { maxBatchSize: 8 }, now);
    assert.equal(said()?.versionSettings, undefined);
  });

  it("tells why an available version did not take it", async () => {
    const { management } = world([{ ...available("3"), reason: "no memory" }]);
    await assert.rejects(management.change({ name: "m" }, { instances: 9 }, waiting), { code: "load-failed" });
  });
});

describe("waiting", () => {
  const limits: readonly (readonly [string, Partial<NodeProgress>, readonly ModelStatus[]])[] = [
    ["for a node that has not taken the state", { desired: { epoch: "e", revision: 0 } }, [available("3")]],
    ["for a node with the state of another database", { desired: { epoch: "f", revision: 9 } }, [available("3")]],
    ["for a node without any", { desired: null }, [available("3")]],
    ["for a version that loads", {}, [{ name: "m", version: "3", state: "loading", reason: "retry 1" }]],
  ];
  for (const [what, others, models] of limits) {
    it(`ends in time ${what}`, async () => {
      const clock = new VirtualClock();
      const { management } = world(models, others, clock);
      const loading = management.load({ name: "m" }, {}, waiting);
      const turning = (async () => {
        for (let i = 0; i < 1100; i++) {
          await new Promise(setImmediate);
          clock.advance(1);
        }
      })();
      await assert.rejects(loading, { code: "not-converged" });
      await turning;
    });
  }

  it("ends where the caller goes away", async () => {
    const { management } = world([{ name: "m", version: "3", state: "loading" }]);
    const gone = { wait: 60_000, signal: AbortSignal.abort() };
    await assert.rejects(management.load({ name: "m" }, {}, gone), { code: "cancelled" });
  });

  it("of two calls that race, both are fulfilled, in one of the two states", async () => {
    const { management, said } = world([available("3")]);
    await Promise.all([2, 3].map((instances) => management.change({ name: "m" }, { instances }, waiting)));
    assert.ok([2, 3].includes(said()?.instances ?? 0));
  });
});
