import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HandDrivenLoader } from "@sealserve/conformance/suites/hand-driven-loader";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { Manager, type ManagerOptions } from "./manager.ts";
import { resourcePreserving } from "./version-policy.ts";

function bench(options: ManagerOptions = {}) {
  const clock = new VirtualClock();
  const events: string[] = [];
  const manager = new Manager(options, {
    clock,
    onState: ({ name, version, state, reason }) =>
      void events.push(`${name}:${version} ${state}${reason ? ` (${reason})` : ""}`),
  });
  /** The versions by name, each with its loader. */
  const aspire = (model: string, loaders: Readonly<Record<string, HandDrivenLoader>>): void =>
    manager.setAspired(
      model,
      Object.entries(loaders).map(([version, item]) => ({ version, item })),
    );
  const states = (name: string): string =>
    manager
      .status({ name })
      .map(({ version, state }) => `${version} ${state}`)
      .join(", ");
  return { clock, events, manager, aspire, states };
}

async function available(bench_: ReturnType<typeof bench>, model: string, version: string): Promise<HandDrivenLoader> {
  const loader = new HandDrivenLoader();
  bench_.aspire(model, { [version]: loader });
  await turn();
  loader.succeed();
  await bench_.manager.settled();
  return loader;
}

describe("the manager", () => {
  it("brings an aspired version through its states and hands it out", async () => {
    const { events, manager, aspire } = bench();
    const loader = new HandDrivenLoader();
    aspire("m", { 1: loader });
    await turn();
    loader.succeed();
    await manager.settled();
    using handle = manager.acquire({ name: "m" });
    assert.deepEqual([handle.model, handle.version], ["m", "1"]);
    assert.equal(handle.servable.metadata().name, "echo");
    assert.deepEqual(events, ["m:1 start", "m:1 loading", "m:1 available"]);
  });

  it("does nothing for a list that is repeated", async () => {
    const b = bench();
    const loader = await available(b, "m", "1");
    const events = b.events.length;
    b.aspire("m", { 1: new HandDrivenLoader() });
    b.aspire("m", { "1.0": loader });
    await turn();
    assert.equal(loader.loads, 1);
    assert.equal(b.events.length, events);
  });

  it("serves the newest available version by default, any by name, however it is spelt", async () => {
    const { manager, aspire } = bench();
    const loaders = { 9: new HandDrivenLoader(), "10.0": new HandDrivenLoader(), beta: new HandDrivenLoader() };
    aspire("m", loaders);
    await turn();
    for (const loader of Object.values(loaders)) loader.succeed();
    await manager.settled();
    const asked = [undefined, "9", "10", "010", "beta"];
    const served = asked.map((version) => {
      using handle = manager.acquire(version === undefined ? { name: "m" } : { name: "m", version });
      return handle.version;
    });
    assert.deepEqual(served, ["10.0", "9", "10.0", "10.0", "beta"]);
  });

  it("says which of model and version it does not know", async () => {
    const b = bench();
    await available(b, "m", "1");
    assert.throws(() => b.manager.acquire({ name: "n" }), { code: "model-not-found", facts: { model: "n" } });
    assert.throws(() => b.manager.acquire({ name: "m", version: "2" }), {
      code: "version-not-found",
      facts: { model: "m", version: "2" },
    });
    assert.throws(() => b.manager.status({ name: "n" }), { code: "model-not-found" });
    assert.throws(() => b.manager.status({ name: "m", version: "2" }), { code: "version-not-found" });
    assert.throws(() => b.manager.acquire({ name: "__proto__" }), { code: "model-not-found" });
  });

  it("says why a known model cannot be asked", async () => {
    const { manager, aspire } = bench({ retries: { count: 0 } });
    const loader = new HandDrivenLoader();
    aspire("m", { 1: loader });
    await turn();
    const facts = { model: "m", version: null, state: "loading", reason: "it is being loaded" };
    assert.throws(() => manager.acquire({ name: "m" }), { code: "model-not-ready", facts });
    loader.fail(new Error("no such file"));
    await manager.settled();
    assert.throws(() => manager.acquire({ name: "m", version: "1" }), {
      code: "model-not-ready",
      facts: { model: "m", version: "1", state: "end", reason: "no such file" },
    });
    assert.deepEqual(manager.status({ name: "m" }), [
      { name: "m", version: "1", state: "end", reason: "no such file" },
    ]);
  });

  it("lists every version of every model, by name, then newest first", async () => {
    const { manager, aspire } = bench();
    aspire("b", { 1: new HandDrivenLoader() });
    aspire("a", { 9: new HandDrivenLoader(), 10: new HandDrivenLoader() });
    const listed = manager.list().map(({ name, version }) => `${name} ${version}`);
    assert.deepEqual(listed, ["a 10", "a 9", "b 1"]);
  });
});

describe("the manager, replacing versions,", () => {
  it("keeps the old version until the new one is available", async () => {
    const b = bench();
    await available(b, "m", "1");
    const next = new HandDrivenLoader();
    b.aspire("m", { 2: next });
    await turn();
    assert.equal(b.states("m"), "2 loading, 1 available");
    next.succeed();
    await turn();
    assert.equal(b.states("m"), "2 available, 1 end");
  });

  it("keeps the old version when the new one fails", async () => {
    const b = bench({ retries: { count: 0 } });
    await available(b, "m", "1");
    const next = new HandDrivenLoader();
    b.aspire("m", { 2: next });
    await turn();
    next.fail(new Error("broken"));
    await b.manager.settled();
    assert.equal(b.states("m"), "2 end, 1 available");
    using handle = b.manager.acquire({ name: "m" });
    assert.equal(handle.version, "1");
  });

  it("unloads before it loads where the policy spares resources", async () => {
    const b = bench({ policy: resourcePreserving });
    const old = await available(b, "m", "1");
    const handle = b.manager.acquire({ name: "m" });
    const next = new HandDrivenLoader();
    b.aspire("m", { 2: next });
    await turn();
    assert.equal(b.states("m"), "2 start, 1 unloading");
    assert.throws(() => b.manager.acquire({ name: "m" }), { code: "model-not-ready" });
    handle[Symbol.dispose]();
    await turn();
    assert.equal(old.unloads, 1);
    assert.equal(b.states("m"), "2 loading, 1 end");
  });

  it("takes an old version back that it still has", async () => {
    const b = bench();
    const old = await available(b, "m", "1");
    const next = new HandDrivenLoader();
    b.aspire("m", { 2: next });
    await turn();
    b.aspire("m", { 1: new HandDrivenLoader() });
    await turn();
    assert.equal(next.signal?.aborted, true);
    next.fail(new Error("aborted"));
    await turn();
    assert.equal(b.states("m"), "2 end, 1 available");
    assert.deepEqual([old.loads, old.unloads], [1, 0]);
  });

  it("waits for handles before it unloads, and counts each once", async () => {
    const b = bench();
    const loader = await available(b, "m", "1");
    const [first, second] = [b.manager.acquire({ name: "m" }), b.manager.acquire({ name: "m" })];
    b.aspire("m", {});
    assert.equal(b.states("m"), "1 unloading");
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await turn();
    assert.equal(loader.unloads, 0);
    second[Symbol.dispose]();
    await turn();
    assert.equal(loader.unloads, 1);
    assert.equal(b.states("m"), "1 end");
  });
});

describe("the manager, when loads fail,", () => {
  it("tries again, each time later, and tells why meanwhile", async () => {
    const { clock, events, manager, aspire } = bench({ retries: { count: 3, firstDelay: 10, maxDelay: 25 } });
    const loader = new HandDrivenLoader();
    aspire("m", { 1: loader });
    for (const delay of [10, 20, 25]) {
      await turn();
      loader.fail(new Error("not yet"));
      await turn();
      const { loads } = loader;
      clock.advance(delay - 1);
      await turn();
      assert.equal(loader.loads, loads);
      clock.advance(1);
      await turn();
      assert.equal(loader.loads, loads + 1);
    }
    loader.succeed();
    await manager.settled();
    assert.deepEqual(manager.status({ name: "m" }), [{ name: "m", version: "1", state: "available" }]);
    assert.ok(events.includes("m:1 loading (not yet (retry 3 of 3 in 25 ms))"), events.join("\n"));
  });

  it("gives up after the last retry, or at once where a retry cannot help", async () => {
    const { manager, aspire, states } = bench({
      retries: { count: 1, firstDelay: 0, worthwhile: (error) => !(error instanceof TypeError) },
    });
    const [hopeless] = [new HandDrivenLoader()];
    aspire("m", { 1: hopeless });
    await turn();
    hopeless.fail(new TypeError("never"));
    await manager.settled();
    assert.equal(hopeless.loads, 1);
    assert.equal(states("m"), "1 end");
  });

  it("frees the place to load while it waits", async () => {
    const { aspire, states } = bench({ loadConcurrency: 1 });
    const [bad, good] = [new HandDrivenLoader(), new HandDrivenLoader()];
    aspire("bad", { 1: bad });
    aspire("good", { 1: good });
    await turn();
    assert.deepEqual([states("bad"), states("good")], ["1 loading", "1 start"]);
    bad.fail(new Error("not yet"));
    await turn();
    assert.deepEqual([states("bad"), states("good")], ["1 loading", "1 loading"]);
  });

  it("loads a version that failed anew once it was left out and came back", async () => {
    const b = bench({ retries: { count: 0 } });
    const loader = new HandDrivenLoader();
    b.aspire("m", { 1: loader });
    await turn();
    loader.fail(new Error("broken"));
    await b.manager.settled();
    b.aspire("m", { 1: loader });
    await turn();
    assert.equal(loader.loads, 1);
    b.aspire("m", {});
    assert.equal(b.manager.status({ name: "m" })[0]?.reason, "broken");
    await available(b, "m", "1");
    assert.equal(b.states("m"), "1 available");
  });

  it("keeps the reason of an unload that failed", async () => {
    const b = bench();
    const loader = await available(b, "m", "1");
    loader.unload = () => Promise.reject(new Error("stuck"));
    b.aspire("m", {});
    await turn();
    assert.equal(b.manager.status({ name: "m" })[0]?.reason, "unloading failed: stuck");
  });
});

describe("the manager, when versions go,", () => {
  it("stops a load that runs, and unloads what came of it after all", async () => {
    const { aspire, states } = bench();
    const [heeds, ignores] = [new HandDrivenLoader(), new HandDrivenLoader()];
    aspire("m", { 1: heeds, 2: ignores });
    await turn();
    aspire("m", {});
    assert.equal(heeds.signal?.aborted, true);
    assert.equal(states("m"), "2 unloading, 1 unloading");
    heeds.fail(new Error("aborted"));
    ignores.succeed();
    await turn();
    assert.equal(states("m"), "2 end, 1 end");
    assert.deepEqual([heeds.unloads, ignores.unloads], [0, 1]);
  });

  it("stops what waits for a place or for a retry at once", async () => {
    const { clock, aspire, states } = bench({ loadConcurrency: 1 });
    const [backsOff, blocks, waits] = [new HandDrivenLoader(), new HandDrivenLoader(), new HandDrivenLoader()];
    aspire("back", { 1: backsOff });
    await turn();
    backsOff.fail(new Error("not yet"));
    await turn();
    aspire("blocks", { 1: blocks });
    aspire("waits", { 1: waits });
    await turn();
    aspire("back", {});
    aspire("waits", {});
    await turn();
    assert.deepEqual([states("back"), states("waits")], ["1 end", "1 end"]);
    assert.equal(waits.loads, 0);
    assert.equal(clock.timers, 0);
  });

  it("does not abort the signal of a load that is done", async () => {
    const b = bench();
    const loader = await available(b, "m", "1");
    b.aspire("m", {});
    await turn();
    assert.equal(loader.signal?.aborted, false);
  });

  it("begins a version anew that comes back while it still unloads", async () => {
    const b = bench();
    const old = new HandDrivenLoader({ holdUnload: true });
    b.aspire("m", { 1: old });
    await turn();
    old.succeed();
    await b.manager.settled();
    b.aspire("m", {});
    await turn();
    const anew = new HandDrivenLoader();
    b.aspire("m", { 1: anew });
    await turn();
    assert.equal(b.states("m"), "1 unloading");
    assert.equal(anew.loads, 0);
    old.finishUnload();
    await turn();
    assert.equal(b.states("m"), "1 loading");
    assert.equal(anew.loads, 1);
  });

  it("remembers the last few ended versions, and models of which nothing is left", async () => {
    const b = bench({ keepEndedVersions: 2, keepGoneModels: 1 });
    for (const version of ["1", "2", "3", "4"]) await available(b, "m", version);
    await turn();
    assert.equal(b.states("m"), "4 available, 3 end, 2 end");
    b.aspire("m", {});
    await turn();
    assert.equal(b.states("m"), "4 end, 3 end");
    assert.throws(() => b.manager.acquire({ name: "m" }), { code: "model-not-ready" });
    await available(b, "n", "1");
    b.aspire("n", {});
    await turn();
    assert.throws(() => b.manager.acquire({ name: "m" }), { code: "model-not-found" });
    assert.equal(b.states("n"), "1 end");
  });

  it("knows nothing of a model that never had a version", () => {
    const { manager, aspire } = bench();
    aspire("m", {});
    assert.deepEqual(manager.list(), []);
  });
});

describe("the manager, from start to end,", () => {
  it("is settled while nothing is aspired, and not before the last load has ended", async () => {
    const { manager, aspire } = bench({ retries: { count: 0 } });
    await manager.settled();
    const [good, bad] = [new HandDrivenLoader(), new HandDrivenLoader()];
    aspire("good", { 1: good });
    aspire("bad", { 1: bad });
    let settled = false;
    const settling = manager.settled().then(() => {
      settled = true;
    });
    await turn();
    good.succeed();
    await turn();
    assert.equal(settled, false);
    bad.fail(new Error("broken"));
    await settling;
  });

  it("drains when it is disposed, and takes nothing more", async () => {
    const b = bench();
    const loader = await available(b, "m", "1");
    const handle = b.manager.acquire({ name: "m" });
    let disposed = false;
    const disposing = b.manager[Symbol.asyncDispose]().then(() => {
      disposed = true;
    });
    assert.throws(() => b.manager.acquire({ name: "m" }), { code: "shutting-down" });
    b.aspire("m", { 2: new HandDrivenLoader() });
    await turn();
    assert.equal(disposed, false);
    handle[Symbol.dispose]();
    await disposing;
    assert.equal(loader.unloads, 1);
    assert.equal(b.states("m"), "1 end");
  });

  it("ends what still loads when it is disposed", async () => {
    const { manager, aspire, states } = bench();
    const loader = new HandDrivenLoader();
    aspire("m", { 1: loader });
    await turn();
    const disposing = manager[Symbol.asyncDispose]();
    assert.equal(loader.signal?.aborted, true);
    loader.fail(new Error("aborted"));
    await disposing;
    assert.equal(states("m"), "1 end");
  });
});
