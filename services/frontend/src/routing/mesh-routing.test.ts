// Routing over real sockets with mutual TLS: what clients see while backends die, stall, drain, restart and lie.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { MeshPeer } from "@sealserve/client/node";
import { MeshBackend, type MeshBackendOptions } from "@sealserve/conformance/fixtures/mesh-backend";
import { type TestMesh, testMesh } from "@sealserve/conformance/fixtures/mesh-processes";
import type { TlsCredentials } from "@sealserve/server";
import { identityInput as input, type Routed, routeTo, desiredState as state } from "../testing/routed.ts";
import type { RouterOptions } from "./router-options.ts";

let mesh: TestMesh;
let tls: TlsCredentials;
let peer: MeshPeer;
before(async () => {
  mesh = await testMesh();
  [tls, peer] = await Promise.all([mesh.credentials(), mesh.peer()]);
});

const never = new AbortController().signal;

function route(urls: readonly string[], options: Partial<RouterOptions> = {}, own: MeshPeer = peer): Routed {
  return routeTo(urls, options, own);
}

async function start(count: number, options: Partial<MeshBackendOptions> = {}): Promise<MeshBackend[]> {
  return Promise.all(Array.from({ length: count }, () => MeshBackend.start({ tls, models: ["identity"], ...options })));
}

const opened = new AsyncDisposableStack();
after(() => opened.disposeAsync());

async function world(count: number, options: Partial<MeshBackendOptions> = {}, routing: Partial<RouterOptions> = {}) {
  const backends = await start(count, options);
  for (const backend of backends) opened.use(backend);
  const routed = opened.use(
    route(
      backends.map(({ url }) => url),
      routing,
    ),
  );
  await routed.until(() => routed.pool.views().every(({ routable }) => routable));
  const [one, two] = backends;
  assert.ok(one);
  return { ...routed, backends, one, two: two ?? one };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "answered",
    (error: { code?: unknown }) => error.code,
  );
}

test("tensors go through a frontend and come back, once the backend has the desired state", async () => {
  const { service, one } = await world(1);
  assert.deepEqual(one.desired, state);
  const { outputs } = await service.infer({ model: { name: "identity" }, inputs: [input] }, never);
  assert.deepEqual([...(outputs[0]?.bytes ?? [])], [...input.bytes]);
  assert.deepEqual(await service.list(), [{ name: "identity", version: "1", state: "available" }]);
  assert.equal((await service.metadata({ name: "identity" })).inputs[0]?.name, "INPUT0");
});

test("of requests in a row none is lost when a backend dies that has none of them", async () => {
  const { infer, one, two } = await world(2);
  for (let i = 0; i < 10; i++) await infer();
  await one.kill();
  // What is written while the news is on its way may have been read: it would have to fail.
  await pause(20);
  for (let i = 0; i < 50; i++) await infer();
  assert.ok(two.asked >= 50);
});

test("a request whose backend dies fails, and no other backend ever sees it", async () => {
  const { infer, backends, until, pool } = await world(3);
  for (const backend of backends) backend.work = () => backend.kill();
  assert.equal(await codeOf(infer()), "unreachable");
  assert.equal(
    backends.reduce((sum, { asked }) => sum + asked, 0),
    1,
  );
  await until(() => pool.views().filter(({ routable }) => routable).length === 2);
});

test("a backend that stalls keeps only the requests that it has", async () => {
  const { infer, one, two, pool } = await world(2);
  for (let i = 0; i < 20; i++) await infer();
  const gate = Promise.withResolvers<void>();
  one.work = () => gate.promise;
  const before = one.asked;
  const all = Array.from({ length: 30 }, () => infer());
  await pause(50);
  for (let i = 0; i < 100; i++) await infer();
  assert.ok(one.asked - before <= 20 && two.asked >= 110, `${one.asked - before} and ${two.asked}`);
  assert.ok(pool.views().some(({ outstanding }) => outstanding > 0));
  gate.resolve();
  await Promise.all(all);
});

test("who drains finishes what it has, gets nothing new, and starts anew under load without a loss", async () => {
  const { infer, one, until, pool } = await world(2);
  const work = async (): Promise<void> => pause(3);
  for (const backend of [one]) backend.work = work;
  let going = true;
  const codes = new Map<unknown, number>();
  const load = Array.from({ length: 4 }, async () => {
    while (going) {
      const code = await codeOf(infer());
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  });
  for (let i = 0; i < 3; i++) {
    one.draining = true;
    await until(() => pool.views()[0]?.routable === false);
    while ((pool.views()[0]?.outstanding ?? 0) > 0) await pause(1);
    const asked = one.asked;
    await pause(20);
    assert.equal(one.asked, asked);
    await one.restart();
    await until(() => pool.views()[0]?.routable === true);
    assert.deepEqual(one.desired, state, "it was given the desired state anew");
  }
  going = false;
  await Promise.all(load);
  assert.deepEqual([...codes.keys()], ["answered"]);
});

test("a model that only one backend has is asked there; when that is gone, the reason says what is missing", async () => {
  const [one] = await start(1, { models: ["identity", "rare"] });
  const [two] = await start(1);
  assert.ok(one && two);
  opened.use(one);
  opened.use(two);
  const { infer, until, pool, service } = opened.use(route([one.url, two.url]));
  await until(() => pool.views().every(({ routable }) => routable));
  for (let i = 0; i < 20; i++) await infer("rare");
  assert.equal(two.asked, 0);
  assert.equal(await codeOf(infer("nobody")), "model-not-found");
  await one.kill();
  await until(() => pool.views()[0]?.routable === false);
  assert.equal(await codeOf(infer("rare")), "unavailable");
  const [rare] = await service.status({ name: "rare" });
  assert.deepEqual([rare?.state, rare?.reason], ["end", "its backend does not answer"]);
  await infer();
});

test("backends with certificates of others are never asked", async () => {
  for (const lying of [mesh.credentials("frontend"), mesh.credentials("backend", { domain: "elsewhere" })]) {
    const [liar] = await start(1, { tls: await lying });
    const [honest] = await start(1);
    assert.ok(liar && honest);
    opened.use(liar);
    opened.use(honest);
    const { infer, until, pool } = opened.use(route([liar.url, honest.url]));
    await until(() => pool.views().every(({ problem, routable }) => problem !== null || routable));
    for (let i = 0; i < 10; i++) await infer();
    assert.deepEqual([liar.asked, liar.desired, honest.asked], [0, null, 10]);
    assert.match(pool.views()[0]?.problem ?? "", /certificate is for/);
  }
});

test("a frontend whose own certificate has ended is not ready, however much it is asked", async () => {
  const backend = opened.use(await MeshBackend.start({ tls, models: ["identity"] }));
  // Certificates end with a whole second.
  const short = await mesh.peer("frontend", { lifetime: 2000 });
  const { pool, infer, until } = opened.use(route([backend.url], {}, short));
  await until(() => pool.ready());
  const codes = new Set<unknown>();
  const end = performance.now() + 8_000;
  const ask = async (): Promise<void> => {
    while (pool.ready() && performance.now() < end) codes.add(await codeOf(infer()));
  };
  await Promise.all([ask(), ask()]);
  assert.equal(pool.ready(), false);
  assert.deepEqual([...codes].sort(), ["answered", "unreachable"]);
});

test("connections through which nothing comes any more are given up, with what was sent on them", async () => {
  const [backend] = await start(1);
  assert.ok(backend);
  opened.use(backend);
  let stuck = false;
  const sockets: Socket[] = [];
  const between = createServer((socket) => {
    const onward = connect(Number(new URL(backend.url).port), "127.0.0.1");
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.push(from);
      from.on("data", (chunk) => stuck || to.write(chunk)).on("error", () => {});
    }
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  opened.defer(() => {
    for (const socket of sockets) socket.destroy();
    between.close();
  });
  const address = between.address();
  const url = `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const { infer, until, pool } = opened.use(route([url], { silenceLimit: 600 }));
  await until(() => pool.ready());
  await infer();
  stuck = true;
  assert.equal(await codeOf(infer()), "unreachable");
  assert.equal(pool.ready(), false);
  stuck = false;
  await until(() => pool.ready());
  await infer();
});

test("a server that speaks Open Inference only is a backend too", async () => {
  const { infer, one, service } = await world(1, { knowsMesh: false, tls: null });
  await infer();
  assert.deepEqual([one.asked, one.desired], [1, null]);
  assert.equal((await service.status({ name: "identity" }))[0]?.state, "available");
});

test("a client that leaves takes its request along", async () => {
  const { service, one, pool } = await world(1);
  one.work = () => new Promise(() => {});
  const leaving = new AbortController();
  const sent = codeOf(service.infer({ model: { name: "identity" }, inputs: [input] }, leaving.signal));
  while (one.asked === 0) await pause(1);
  leaving.abort();
  assert.equal(await sent, "cancelled");
  assert.deepEqual(
    pool.views().map(({ outstanding, failures }) => [outstanding, failures]),
    [[0, 0]],
  );
});
