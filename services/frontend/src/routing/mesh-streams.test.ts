// Streams between a frontend and its backends over real sockets with mutual TLS: order, cancelling, deadlines, retries, and backends that die.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { MeshPeer } from "@sealserve/client/node";
import { MeshBackend, type MeshBackendOptions } from "@sealserve/conformance/fixtures/mesh-backend";
import { testMesh } from "@sealserve/conformance/fixtures/mesh-processes";
import { collect } from "@sealserve/conformance/suites/collect";
import { InferenceError, type InferenceResponse } from "@sealserve/inference";
import type { TlsCredentials } from "@sealserve/server";
import { identityInput, routeTo } from "../testing/routed.ts";

let tls: TlsCredentials;
let peer: MeshPeer;
before(async () => {
  const mesh = await testMesh();
  [tls, peer] = await Promise.all([mesh.credentials(), mesh.peer()]);
});

const never = new AbortController().signal;
const request = { model: { name: "identity" }, inputs: [identityInput] };
const answersOf = (responses: readonly InferenceResponse[]) =>
  responses.map(({ parameters }) => parameters?.["answer"]);

async function world(count: number, options: Partial<MeshBackendOptions> = {}) {
  await using stack = new AsyncDisposableStack();
  const backends: MeshBackend[] = [];
  for (let i = 0; i < count; i++) {
    backends.push(stack.use(await MeshBackend.start({ tls, models: ["identity"], ...options })));
  }
  const urls = backends.map(({ url }) => url);
  const { pool, service, until } = stack.use(routeTo(urls, {}, peer));
  await until(() => pool.views().every(({ routable }) => routable));
  const owned = stack.move();
  const stream = (signal = never, timeout?: number): AsyncIterator<InferenceResponse> =>
    service.inferStream({ ...request, ...(timeout !== undefined && { timeout }) }, signal)[Symbol.asyncIterator]();
  const outstanding = () => pool.views().reduce((sum, view) => sum + view.outstanding, 0);
  const asked = () => backends.map((backend) => backend.asked);
  const [one] = backends;
  assert.ok(one);
  return {
    pool,
    service,
    backends,
    one,
    stream,
    outstanding,
    asked,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("answers come one by one, each as soon as it is there, and the tensors with them", async () => {
  await using run = await world(1);
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  run.one.beforeAnswer = async (i) => gates[i]?.promise;
  const answers = run.stream();
  for (const [i, gate] of gates.entries()) {
    const next = answers.next();
    gate.resolve();
    const { value } = await next;
    assert.equal(value?.parameters?.["answer"], i);
    assert.deepEqual([...(value?.outputs[0]?.bytes ?? [])], [...identityInput.bytes]);
  }
  assert.ok((await answers.next()).done);
  assert.equal(run.outstanding(), 0);
});

test("many streams at once, and other requests between them", async () => {
  await using run = await world(2);
  run.backends.map((backend) => (backend.beforeAnswer = () => pause(Math.random() * 5)));
  const streams = Array.from({ length: 40 }, () => collect(run.service.inferStream(request, never)));
  await run.service.infer(request, never);
  for (const answers of await Promise.all(streams)) assert.deepEqual(answersOf(answers), [0, 1, 2]);
});

test("what answered is told with each answer", async () => {
  await using run = await world(1);
  run.one.roots.answering = "ab".repeat(32);
  const answers = await collect(run.service.inferStream(request, never));
  assert.deepEqual(new Set(answers.map(({ root }) => root)), new Set(["ab".repeat(32)]));
});

test("a reader who leaves, and a caller whose signal aborts, take their stream along; the backend hears of it", async () => {
  for (const leave of ["return", "signal"] as const) {
    await using run = await world(1);
    const told = Promise.withResolvers<void>();
    run.one.beforeAnswer = async (i, signal) => {
      if (i === 0) return;
      signal.addEventListener("abort", () => told.resolve());
      await new Promise(() => {});
    };
    const leaving = new AbortController();
    const answers = run.stream(leaving.signal);
    await answers.next();
    if (leave === "return") await answers.return?.();
    else {
      const cut = assert.rejects(answers.next(), { code: "cancelled" });
      leaving.abort();
      await cut;
    }
    await told.promise;
    assert.deepEqual([run.outstanding(), run.pool.views()[0]?.failures], [0, 0]);
    run.one.beforeAnswer = async () => {};
    assert.equal((await collect(run.service.inferStream(request, never))).length, 3);
  }
});

test("a stream that takes longer than its caller will wait ends with that, before and after the first answer", async () => {
  for (const slow of [0, 1]) {
    await using run = await world(1);
    run.one.beforeAnswer = async (i) => i === slow && new Promise(() => {});
    const answers = run.stream(never, 50);
    await assert.rejects(
      async () => {
        for (;;) if ((await answers.next()).done) break;
      },
      { code: "deadline-exceeded" },
    );
    assert.equal(run.outstanding(), 0);
  }
});

test("refused before the first answer: the whole error, or another backend where it was not begun", async () => {
  await using run = await world(2);
  for (const backend of run.backends) {
    backend.beforeAnswer = async () => {
      throw new InferenceError("invalid-value", { tensor: "x", expected: "less", found: "more" });
    };
  }
  await assert.rejects(run.stream().next(), {
    code: "invalid-value",
    facts: { tensor: "x", expected: "less", found: "more" },
  });
  let full = 0;
  for (const backend of run.backends) {
    backend.beforeAnswer = async (i) => {
      if (i === 0 && full++ === 0)
        throw new InferenceError("queue-full", { model: "identity", version: "1", limit: 1 });
    };
  }
  assert.deepEqual(answersOf(await collect(run.service.inferStream(request, never))), [0, 1, 2]);
  assert.equal(full, 2);
  for (const backend of run.backends) {
    backend.beforeAnswer = async () => {
      throw new InferenceError("queue-full", { model: "identity", version: "1", limit: 1 });
    };
  }
  await assert.rejects(run.stream().next(), { code: "queue-full" });
});

test("what fails after the first answer fails the stream, and nobody else is asked", async () => {
  await using run = await world(2);
  for (const backend of run.backends) {
    backend.beforeAnswer = async (i) => {
      if (i === 1) throw new InferenceError("queue-full", { model: "identity", version: "1", limit: 1 });
    };
  }
  const answers = run.stream();
  await answers.next();
  await assert.rejects(answers.next(), { code: "queue-full" });
  assert.deepEqual(run.asked().toSorted(), [0, 1]);
});

test("a backend that dies in a stream fails it; one that is gone before is passed over", async () => {
  await using run = await world(2);
  for (const backend of run.backends) backend.beforeAnswer = async (i) => i === 1 && backend.kill();
  const answers = run.stream();
  await answers.next();
  await assert.rejects(answers.next(), { code: "unreachable" });
  assert.ok(run.asked().includes(0));
  for (const backend of run.backends) backend.beforeAnswer = async () => {};
  assert.equal((await collect(run.service.inferStream(request, never))).length, 3);
});

test("a slow reader holds its backend back, and no other request", async () => {
  await using run = await world(1);
  const begun: number[] = [];
  run.one.beforeAnswer = async (i) => begun.push(i);
  const rows = 256 * 1024;
  const large = { ...identityInput, shape: [rows, 16], bytes: new Uint8Array(rows * 64) };
  const answers = run.service.inferStream({ ...request, inputs: [large] }, never)[Symbol.asyncIterator]();
  await answers.next();
  for (let i = 0; i < 20; i++) await run.service.infer(request, never);
  assert.deepEqual(begun, [0, 1]);
  assert.equal((await answers.next()).value?.outputs[0]?.bytes.length, large.bytes.length);
  assert.equal((await answers.next()).value?.parameters?.["answer"], 2);
  assert.ok((await answers.next()).done);
});

test("a server that speaks Open Inference only gives the one answer that it has", async () => {
  await using run = await world(1, { knowsMesh: false, tls: null });
  assert.equal((await collect(run.service.inferStream(request, never))).length, 1);
});
