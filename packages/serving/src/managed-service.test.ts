// The inference service over a manager: holds last as long as requests do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { collect } from "@sealserve/conformance/suites/collect";
import { echoServable, HandDrivenLoader } from "@sealserve/conformance/suites/hand-driven-loader";
import { echo, echoRequest } from "@sealserve/conformance/suites/hand-driven-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { managedService } from "./managed-service.ts";
import { Manager } from "./manager.ts";
import type { Servable } from "./servable.ts";

const never = new AbortController().signal;

async function serving(versions: Readonly<Record<string, Servable>>) {
  const manager = new Manager({}, { clock: new VirtualClock() });
  const loaders = Object.entries(versions).map(([version, servable]) => {
    const loader = new HandDrivenLoader();
    return { version, servable, item: loader };
  });
  manager.setAspired("echo", loaders);
  await turn();
  for (const { item, servable } of loaders) item.succeed(servable);
  await manager.settled();
  return { manager, service: managedService(manager) };
}

describe("the managed service", () => {
  it("answers, and holds the version for as long as that takes", async () => {
    const gate = Promise.withResolvers<void>();
    const inner = echoServable();
    const slow: Servable = {
      ...inner,
      infer: (request, signal) => gate.promise.then(() => inner.infer(request, signal)),
    };
    const { manager, service } = await serving({ 1: slow });
    const answer = service.infer(echoRequest(1), never);
    manager.setAspired("echo", []);
    await turn();
    assert.equal(manager.status({ name: "echo" })[0]?.state, "unloading");
    gate.resolve();
    assert.deepEqual(await answer, echo(echoRequest(1)));
    await turn();
    assert.equal(manager.status({ name: "echo" })[0]?.state, "end");
  });

  it("lets go of the version when the request fails", async () => {
    const failing: Servable = { ...echoServable(), infer: () => Promise.reject(new Error("broken")) };
    const { manager, service } = await serving({ 1: failing });
    await assert.rejects(service.infer(echoRequest(1), never));
    await manager[Symbol.asyncDispose]();
  });

  it("rejects, not throws, for a model that it does not know", async () => {
    const { service } = await serving({});
    const unknown = { model: { name: "q" }, inputs: [] };
    await assert.rejects(service.infer(unknown, never), { code: "model-not-found" });
    await assert.rejects(collect(service.inferStream(unknown, never)), { code: "model-not-found" });
    await assert.rejects(service.metadata({ name: "q" }), { code: "model-not-found" });
    await assert.rejects(service.status({ name: "q" }), { code: "model-not-found" });
  });

  it("streams from a model that can, and lets go of it when the reader leaves; another gives its one answer", async () => {
    const streaming: Servable = {
      ...echoServable(),
      async *inferStream(request) {
        for (;;) yield echo(request);
      },
    };
    const { manager, service } = await serving({ 1: echoServable(), 2: streaming });
    for await (const answer of service.inferStream(echoRequest(1), never)) {
      assert.deepEqual(answer, echo(echoRequest(1)));
      break;
    }
    const plain = { ...echoRequest(1), model: { name: "echo", version: "1" } };
    assert.deepEqual(await collect(service.inferStream(plain, never)), [echo(plain)]);
    await manager[Symbol.asyncDispose]();
  });

  it("tells which versions can be asked, oldest first, and the states of all, newest first", async () => {
    const { manager, service } = await serving({ 10: echoServable(), 9: echoServable() });
    const failing = new HandDrivenLoader();
    const kept = ["9", "10"].map((version) => ({ version, item: new HandDrivenLoader() }));
    manager.setAspired("echo", [...kept, { version: "11", item: failing }]);
    assert.deepEqual((await service.metadata({ name: "echo", version: "9" })).versions, ["9", "10"]);
    const states = (await service.status({ name: "echo" })).map(({ version, state }) => `${version} ${state}`);
    assert.deepEqual(states, ["11 loading", "10 available", "9 available"]);
    assert.deepEqual(await service.status({ name: "echo", version: "9" }), [
      { name: "echo", version: "9", state: "available" },
    ]);
    assert.deepEqual(await service.list(), await service.status({ name: "echo" }));
  });
});
