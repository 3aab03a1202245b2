// Connections: TLS and its renewal, those that idle, and a listener that stops.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { Code, ConnectError } from "@connectrpc/connect";
import { systemClock } from "@sealserve/serving";
import { ListenerError } from "../listener/listener-error.ts";
import type { TlsCredentials } from "../listener/listener-options.ts";
import { openListeners } from "../listener/open-listeners.ts";
import { selfSigned } from "../listener/self-signed.ts";
import { silentLogger } from "../logger/logger.ts";
import { clientsOf, type FakeGrpc, fakeGrpcProtocol, openFakeGrpc } from "../testing/fake-grpc.ts";
import { fakeProtocol } from "../testing/fake-protocol.ts";
import { grpcBinding } from "./index.ts";

const parts = { clock: systemClock(), logger: silentLogger() };
let tls: TlsCredentials;

before(async () => {
  tls = await selfSigned({ host: "localhost", from: new Date() });
});

/** A listener with a call that answers when it is let go. */
async function openGate(limits: { readonly drainLimit: number }) {
  const entered = Promise.withResolvers<AbortSignal>();
  const gate = Promise.withResolvers<void>();
  const listener = await openFakeGrpc({
    limits,
    async predict(_, { signal }) {
      entered.resolve(signal);
      await gate.promise;
      return {};
    },
  });
  return { listener, entered: entered.promise, open: gate.resolve, ...clientsOf(listener.url) };
}

test("over TLS 1.3 with HTTP/2 only, and with another certificate once it was renewed", async () => {
  await using listener = await openFakeGrpc({ tls });
  assert.match(listener.url, /^https:/);
  const ask = (ca: string) => clientsOf(listener.url, { nodeOptions: { ca } }).inference.predictions({});
  await ask(tls.certificate);
  const { port } = new URL(listener.url);
  const handshake = { host: "127.0.0.1", port: Number(port), servername: "localhost", ca: tls.certificate };
  const socket = connectTls({ ...handshake, ALPNProtocols: ["h2", "http/1.1"] });
  await once(socket, "secureConnect");
  assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], ["TLSv1.3", "h2"]);
  socket.destroy();
  const older = connectTls({ ...handshake, maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
  await assert.rejects(once(older, "secureConnect"));
  const next = await selfSigned({ host: "localhost", from: new Date() });
  listener.renew(next);
  await ask(next.certificate);
  await assert.rejects(ask(tls.certificate));
  assert.throws(() => listener.renew({ ...next, privateKey: tls.privateKey }), { code: "credentials-unusable" });
});

test("takes no further request of an open call where what was bound to its connection holds no more", async () => {
  const admit: FakeGrpc["admit"] = (_, { channel }) => void channel?.exporter("EXPORTER-test", new Uint8Array(), 32);
  await using listener = await openFakeGrpc({ tls, admit });
  const session = connectHttp2(listener.url, { ca: tls.certificate });
  session.on("error", () => session.destroy());
  const ended = once(session, "goaway");
  const path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions2";
  const call = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  const trailers = once(call, "trailers");
  // An empty message.
  call.write(new Uint8Array(5));
  await once(call, "data");
  listener.endBound();
  await ended;
  call.write(new Uint8Array(5));
  call.resume();
  assert.equal((await trailers)[0]["grpc-status"], "14");
  session.destroy();
});

test("waits for calls in flight, and takes no new one", async () => {
  const { listener, entered, open, inference } = await openGate({ drainLimit: 5_000 });
  const call = inference.predictions({});
  await entered;
  const stopped = listener.stop();
  await assert.rejects(clientsOf(listener.url).inference.predictions({}));
  open();
  assert.ok(await call);
  await stopped;
});

test("cuts what does not finish within the limit, tells how much, and aborts it", async () => {
  const { listener, entered, inference } = await openGate({ drainLimit: 30 });
  const call = assert.rejects(inference.predictions({}));
  const signal = await entered;
  await assert.rejects(listener.stop(), (error) => {
    assert.ok(error instanceof ListenerError && error.code === "drain-limit-exceeded");
    assert.deepEqual(error.facts, { listener: "fake.grpc", limit: 30, inFlight: 1 });
    return true;
  });
  await call;
  if (!signal.aborted) await once(signal, "abort");
});

test("once its protocol ends, each call is the last of its connection", async () => {
  let ending = false;
  await using listener = await openFakeGrpc({ ending: () => ending });
  const session = connectHttp2(listener.url);
  const closed = once(session, "goaway");
  const { inference } = clientsOf(listener.url);
  await inference.predictions({});
  ending = true;
  const path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
  const call = session.request({ ":path": path, ":method": "POST", "content-type": "application/grpc" });
  call.end(Buffer.from([0, 0, 0, 0, 0])).resume();
  await closed;
  session.destroy();
  // On a new connection it is answered still.
  await inference.predictions({});
});

test("a connection without a call is closed after a while", async () => {
  await using listener = await openFakeGrpc({ limits: { idleTimeout: 40 } });
  const session = connectHttp2(listener.url);
  await once(session, "close");
});

test("only its kind shares its port", async () => {
  const options = { host: "127.0.0.1", tls: null, insecurePlaintext: false };
  const grpc = fakeGrpcProtocol({});
  const both = [{ protocol: fakeProtocol("web", {}), port: 65_000 }, grpcBinding(grpc, 65_000)];
  await assert.rejects(openListeners(options, both, parts), { code: "protocols-apart" });
  const bindings = [{ protocol: fakeProtocol("web", {}), port: 0 }, grpcBinding(grpc, 0), grpcBinding(grpc, false)];
  await using listeners = await openListeners(options, bindings, parts);
  assert.deepEqual(Object.keys(listeners.urls), ["web", "fake.grpc"]);
  await clientsOf(listeners.urls["fake.grpc"] ?? "").inference.predictions({});
});

test("health tells of each service, and those who watch hear when it changes", async () => {
  let ready = false;
  const listener = await openFakeGrpc({ ready: () => ready });
  const { health } = clientsOf(listener.url);
  const service = "org.pytorch.serve.grpc.inference.InferenceAPIsService";
  assert.equal((await health.check({ service })).status, 2);
  const watched = health.watch({ service })[Symbol.asyncIterator]();
  const next = async () => (await watched.next()).value?.status;
  assert.equal(await next(), 2);
  ready = true;
  assert.equal(await next(), 1);
  assert.equal((await health.check({})).status, 1);
  const unknown = await health.check({ service: "none" }).catch((error: unknown) => error);
  assert.ok(unknown instanceof ConnectError && unknown.code === Code.NotFound);
  const stopped = listener.stop();
  assert.equal(await next(), 2);
  assert.equal((await watched.next()).done, true);
  await stopped;
});
