// The gate between a thread and whoever would end it.
import assert from "node:assert/strict";
import { it } from "node:test";
import { NativeGate } from "./native-gate.ts";

it("closes only when everybody has left, and then lets nobody in", async () => {
  const engine = new NativeGate();
  const server = new NativeGate(engine.buffer);
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<never>()];
  const running = engine.pass(() => first.promise);
  const failing = engine.pass(() => second.promise);
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  first.resolve("done");
  assert.equal(await running, "done");
  assert.equal(closed, false);
  second.reject(new Error("failed"));
  await assert.rejects(failing, { message: "failed" });
  await closing;
  await assert.rejects(
    engine.pass(async () => assert.fail("nobody enters")),
    TypeError,
  );
  await server.close();
});
