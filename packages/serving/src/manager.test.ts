// The manager from the first version to its end.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HandDrivenLoader } from "@sealserve/conformance/suites/hand-driven-loader";
import { available, handDrivenManager } from "@sealserve/conformance/suites/hand-driven-manager";

describe("the manager", () => {
  it("brings an aspired version through its states and hands it out", async () => {
    const { events, manager, aspire } = handDrivenManager();
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
    const b = handDrivenManager();
    const loader = await available(b, "m", "1");
    const events = b.events.length;
    b.aspire("m", { 1: new HandDrivenLoader() });
    b.aspire("m", { "1.0": loader });
    await turn();
    assert.equal(loader.loads, 1);
    assert.equal(b.events.length, events);
  });

  it("serves the newest available version by default, any by name, however it is spelt", async () => {
    const { manager, aspire } = handDrivenManager();
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
    const b = handDrivenManager();
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
    const { manager, aspire } = handDrivenManager({ retries: { count: 0 } });
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
    const { manager, aspire } = handDrivenManager();
    aspire("b", { 1: new HandDrivenLoader() });
    aspire("a", { 9: new HandDrivenLoader(), 10: new HandDrivenLoader() });
    const listed = manager.list().map(({ name, version }) => `${name} ${version}`);
    assert.deepEqual(listed, ["a 10", "a 9", "b 1"]);
  });
});

describe("the manager, from start to end,", () => {
  it("is settled while nothing is aspired, and not before the last load has ended", async () => {
    const { manager, aspire } = handDrivenManager({ retries: { count: 0 } });
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
    const b = handDrivenManager();
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
    const { manager, aspire, states } = handDrivenManager();
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
