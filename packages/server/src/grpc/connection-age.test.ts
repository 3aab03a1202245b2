// Connections that become too old: their clients hear so, and what they still do is cut off in the end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { ConnectError } from "@connectrpc/connect";
import { freePort } from "@sealserve/conformance/fixtures/free-port";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { openListeners } from "../listener/open-listeners.ts";
import { silentLogger } from "../logger/logger.ts";
import { clientsOf, fakeGrpcProtocol, openFakeGrpc } from "../testing/fake-grpc.ts";
import { grpcBinding } from "./index.ts";

test("an old connection hears GOAWAY, by a tenth sooner or later, and ends", async () => {
  for (const [random, age] of [
    [0, 900],
    [1, 1100],
  ] as const) {
    const clock = new VirtualClock();
    await using listener = await openFakeGrpc({ age: { limit: 1000, grace: null }, random: () => random, clock });
    const session = connect(listener.url);
    await once(session, "remoteSettings");
    clock.advance(age - 1);
    const answered = Promise.withResolvers<void>();
    session.ping(() => answered.resolve());
    await answered.promise;
    assert.equal(session.closed, false);
    const told = once(session, "goaway");
    clock.advance(1);
    assert.equal((await told)[0], 0);
    await once(session, "close");
  }
});

test("a call that is open then goes on, and is cut off where there is a grace and it is over", async () => {
  for (const grace of [null, 50]) {
    const clock = new VirtualClock();
    const entered = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    await using listener = await openFakeGrpc({
      ...{ age: { limit: 1000, grace }, random: () => 0.5, clock },
      async predict() {
        entered.resolve();
        await done.promise;
        return { prediction: new Uint8Array([1]) };
      },
    });
    const answer = clientsOf(listener.url).inference.predictions({});
    await entered.promise;
    clock.advance(1000);
    clock.advance(49);
    if (grace === null) {
      clock.advance(5_000);
      done.resolve();
      assert.equal((await answer).prediction.length, 1);
    } else {
      clock.advance(1);
      await assert.rejects(answer, ConnectError);
      done.resolve();
    }
  }
});

test("services on one port have the shortest age that either is given", async () => {
  const port = await freePort();
  const clock = new VirtualClock();
  const binding = (name: string, limit: number | null) =>
    grpcBinding({ ...fakeGrpcProtocol({}), name }, port, { limit, grace: null });
  await using listeners = await openListeners(
    { host: "127.0.0.1", tls: null, insecurePlaintext: false },
    [binding("a", 1000), binding("b", null), binding("c", 2000)],
    { clock, logger: silentLogger() },
  );
  assert.equal(listeners.urls["a"], listeners.urls["c"]);
  const session = connect(listeners.urls["a"] ?? "");
  await once(session, "remoteSettings");
  const told = once(session, "goaway");
  clock.advance(1100);
  await told;
});
