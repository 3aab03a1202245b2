// Stopping: what is in flight is finished, what is idle is closed, and what takes too long is cut.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { RawConnection } from "@sealserve/conformance/fixtures/raw-connection";
import { utf8 } from "@sealserve/primitives";
import { reply } from "../testing/fake-protocol.ts";
import { openFake } from "../testing/open-fake.ts";
import { ListenerError } from "./listener-error.ts";

/** A listener with a request that answers when it is let go. */
async function openGate(drainLimit: number) {
  const entered = Promise.withResolvers<AbortSignal>();
  const gate = Promise.withResolvers<void>();
  const listener = await openFake(
    {
      "GET /gate": async (_request, _captured, signal) => {
        entered.resolve(signal);
        await gate.promise;
        return reply("through");
      },
      "GET /stream": async () => ({
        status: 200,
        headers: {},
        body: (async function* () {
          yield utf8("begin ");
          await gate.promise;
          yield utf8("end");
        })(),
      }),
    },
    { limits: { drainLimit } },
  );
  return { listener, entered: entered.promise, open: gate.resolve };
}

test("waits for what is in flight, whose replies close their connections", async () => {
  const { listener, entered, open } = await openGate(5_000);
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /gate HTTP/1.1\nHost: x\n\n");
  await entered;
  const stopped = listener.stop();
  await assert.rejects(fetch(listener.url), "no new connection is accepted");
  open();
  assert.match(await client.untilClosed(), /connection: close[\s\S]*through$/);
  await stopped;
});

test("waits for a stream that has begun", async () => {
  const { listener, open } = await openGate(5_000);
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /stream HTTP/1.1\nHost: x\n\n");
  await client.until("begin ");
  const stopped = listener.stop();
  open();
  assert.match(await client.untilClosed(), /begin [\s\S]*end\r\n0\r\n\r\n$/);
  await stopped;
});

test("does not wait for idle connections, whether they have asked before or never", async () => {
  const { listener, open } = await openGate(5_000);
  open();
  using silent = await RawConnection.open(listener.url);
  using idle = await RawConnection.open(listener.url);
  idle.writeLines("GET /gate HTTP/1.1\nHost: x\n\n");
  await idle.until("through");
  await listener.stop();
  assert.equal(await silent.untilClosed(), "");
});

test("cuts what does not finish within the limit, tells how much, and aborts it", async () => {
  const { listener, entered } = await openGate(20);
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /gate HTTP/1.1\nHost: x\n\n");
  const signal = await entered;
  await assert.rejects(listener.stop(), (error) => {
    assert.ok(error instanceof ListenerError && error.code === "drain-limit-exceeded");
    assert.deepEqual(error.facts, { listener: "fake", limit: 20, inFlight: 1 });
    return true;
  });
  await client.untilClosed();
  if (!signal.aborted) await once(signal, "abort");
});

test("may be asked to stop twice", async () => {
  const { listener } = await openGate(5_000);
  await Promise.all([listener.stop(), listener[Symbol.asyncDispose]()]);
});
