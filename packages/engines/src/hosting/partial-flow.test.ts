// Parts of a stream that wait until the server has taken those before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PartialFlow } from "./partial-flow.ts";

async function isOpen(sent: Promise<boolean>): Promise<boolean> {
  const later = new Promise<string>((resolve) => setImmediate(() => resolve("later")));
  return (await Promise.race([sent, later])) !== "later";
}

test("a few may be on their way, the next waits until one is taken", async () => {
  const flow = new PartialFlow();
  for (let i = 1; i < 8; i++) assert.equal(await flow.sent(), true);
  const eighth = flow.sent();
  assert.equal(await isOpen(eighth), false);
  flow.taken(true);
  assert.equal(await eighth, true);
});

test("once nobody wants more, none waits and each is told", async () => {
  const flow = new PartialFlow();
  for (let i = 1; i < 8; i++) await flow.sent();
  const waiting = flow.sent();
  flow.taken(false);
  assert.equal(await waiting, false);
  flow.taken(true);
  assert.equal(await flow.sent(), false);
});
