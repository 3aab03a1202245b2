// Versions that replace others, and versions that go.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HandDrivenLoader } from "@sealserve/conformance/suites/hand-driven-loader";
import { available, handDrivenManager } from "@sealserve/conformance/suites/hand-driven-manager";
import { resourcePreserving } from "./version-policy.ts";

describe("the manager, replacing versions,", () => {
  it("keeps the old version until the new one is available", async () => {
    const b = handDrivenManager();
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
    const b = handDrivenManager({ retries: { count: 0 } });
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
    const b = handDrivenManager({ policy: resourcePreserving });
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
    const b = handDrivenManager();
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
    const b = handDrivenManager();
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

describe("the manager, when versions go,", () => {
  it("stops a load that runs, and unloads what came of it after all", async () => {
    const { aspire, states } = handDrivenManager();
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
    const { clock, aspire, states } = handDrivenManager({ loadConcurrency: 1 });
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
    const b = handDrivenManager();
    const loader = await available(b, "m", "1");
    b.aspire("m", {});
    await turn();
    assert.equal(loader.signal?.aborted, false);
  });

  it("begins a version anew that comes back while it still unloads", async () => {
    const b = handDrivenManager();
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
    const b = handDrivenManager({ keepEndedVersions: 2, keepGoneModels: 1 });
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
    const { manager, aspire } = handDrivenManager();
    aspire("m", {});
    assert.deepEqual(manager.list(), []);
  });
});
