// Connections that become too old: their clients hear so, and what they still do is cut off in the end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { systemClock } from "@sealserve/serving";
import { openListeners } from "../listener/open-listeners.ts";
import { silentLogger } from "../logger/logger.ts";
import { clientsOf, fakeGrpcProtocol, openFakeGrpc } from "../testing/fake-grpc.ts";
import { grpcBinding } from "./index.ts";

test("an old connection hears GOAWAY, by a tenth sooner or later, and ends once its calls have", async () => {
  const ageWith = async (random: number) => {
    await using listener = await openFakeGrpc({ age: { limit: 200, grace: null }, random: () => random });
    const began = performance.now();
    const session = connect(listener.url);
    const [code] = await once(session, "goaway");
    const age = performance.now() - began;
    await once(session, "close");
    return { code, age };
  };
  const [sooner, later] = [await ageWith(0), await ageWith(1)];
  assert.deepEqual([sooner.code, later.code], [0, 0]);
  assert.ok(sooner.age >= 175, `${sooner.age} ms`);
  assert.ok(later.age >= 215, `${later.age} ms`);
});

test("a call that is open then goes on without a grace, and is cut off where it is over", async () => {
  const open = async (grace: number | null) => {
    const old = Promise.withResolvers<void>();
    const listener = await openFakeGrpc({
      age: { limit: 20, grace },
      predict: async () => {
        await old.promise;
        return {};
      },
    });
    return { listener, old, answer: clientsOf(listener.url).inference.predictions({}) };
  };
  const patient = await open(null);
  // Longer than its age with all that jitter may add.
  setTimeout(patient.old.resolve, 100);
  await patient.answer;
  await patient.listener.stop();
  const cut = await open(30);
  await assert.rejects(
    cut.answer,
    (error: ConnectError) => error.code !== Code.DeadlineExceeded && error instanceof ConnectError,
  );
  cut.old.resolve();
  await cut.listener.stop();
});

test("services on one port have the shortest age that either is given", async () => {
  const port = { host: "127.0.0.1", port: 0 };
  const binding = (name: string, limit: number | null) =>
    grpcBinding({ ...fakeGrpcProtocol({}), name }, port, { limit, grace: null });
  await using listeners = await openListeners(
    { host: "127.0.0.1", tls: null, insecurePlaintext: false },
    [binding("a", 30), binding("b", null)],
    { clock: systemClock(), logger: silentLogger() },
  );
  const session = connect(listeners.urls["a"] ?? "");
  await once(session, "goaway");
  await once(session, "close");
});
