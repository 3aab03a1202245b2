// Loads that fail: tried again, given up, told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HandDrivenLoader } from "@sealserve/conformance/suites/hand-driven-loader";
import { available, handDrivenManager } from "@sealserve/conformance/suites/hand-driven-manager";

describe("the manager, when loads fail,", () => {
  it("tries again, each time later, and tells why meanwhile", async () => {
    const { clock, events, manager, aspire } = handDrivenManager({
      retries: { count: 3, firstDelay: 10, maxDelay: 25 },
    });
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
    const { manager, aspire, states } = handDrivenManager({
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
    const { aspire, states } = handDrivenManager({ loadConcurrency: 1 });
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
    const b = handDrivenManager({ retries: { count: 0 } });
    const loader = new HandDrivenLoader();
    b.aspire("m", { 1: loader });
    await turn();
    loader.fail(new Error("broken"));
    await b.manager.settled();
    b.aspire("m", { 1: loader });
    await turn();
    assert.equal(loader.loads, 1);
    assert.equal(b.manager.status({ name: "m" })[0]?.reason, "broken");
    b.aspire("m", {});
    assert.deepEqual(b.manager.status({ name: "m" }), [{ name: "m", version: "1", state: "end" }], "nobody wants it");
    await available(b, "m", "1");
    assert.equal(b.states("m"), "1 available");
  });

  it("keeps the reason of an unload that failed", async () => {
    const b = handDrivenManager();
    const loader = await available(b, "m", "1");
    loader.unload = () => Promise.reject(new Error("stuck"));
    b.aspire("m", {});
    await turn();
    assert.equal(b.manager.status({ name: "m" })[0]?.reason, "unloading failed: stuck");
  });
});
