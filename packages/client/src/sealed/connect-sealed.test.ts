// Sealed requests over real sockets through a proxy that ends TLS: what it sees, what it may change, and what comes of a server that changed.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fakeTrust, testTime } from "@sealserve/conformance/fixtures/fake-tee";
import { startTlsEndingProxy, type TlsEndingProxy } from "@sealserve/conformance/fixtures/tls-ending-proxy";
import { bytesOf } from "@sealserve/inference";
import { CodedError, textOf, utf8 } from "@sealserve/primitives";
import { attestationRoutes } from "@sealserve/protocols/attestation";
import { createSealedHttpKey, type SessionErrorCode } from "@sealserve/session";
import { connectTensorflowServing } from "../connect-tensorflow-serving.ts";
import { connectTorchserve } from "../connect-torchserve.ts";
import { honestParts } from "../testing/attested-server.ts";
import { openSealedServer, type SealedServer } from "../testing/sealed-server.ts";
import { connectSealed } from "./connect-sealed.ts";
import { openSealed } from "./sealed-transport.ts";

const signal = new AbortController().signal;
const attestationPath = "/.well-known/attestation";
const sealedPath = "/.well-known/sealed-http";
const marker = "MARKER-of-a-secret-request";
const values = Float32Array.from({ length: 16 }, (_, i) => i / 7);
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: bytesOf(values) } as const;
const infer = { model: { name: "identity" }, inputs: [input], id: marker };

let server: SealedServer;
let proxy: TlsEndingProxy;
/** Where the proxy passes requests on to. */
let behind: SealedServer;
const systemRoots = getCACertificates("default");

before(async () => {
  server = await openSealedServer();
  behind = server;
  proxy = await startTlsEndingProxy(() => behind.urls["openInference.http"] ?? "");
  setDefaultCACertificates([...systemRoots, proxy.certificate]);
});
afterEach(() => {
  behind = server;
  proxy.tampering = {};
});
after(async () => {
  setDefaultCACertificates(systemRoots);
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function refused(code: SessionErrorCode | "report-data-mismatch", act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof CodedError && assert.equal(error.code, code) === undefined);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

const paths = (): readonly string[] => proxy.passed.map(({ path }) => path);

test("a request and its answer go through a proxy that ends TLS, which sees neither (F5, F15)", async () => {
  const first = proxy.passed.length;
  const service = await connectSealed(proxy.url, fakeTrust());
  const { outputs, id } = await service.infer(infer, signal);
  assert.deepEqual([...(outputs[0]?.bytes ?? []), id], [...input.bytes, marker]);
  await service.list();
  await service.metadata({ name: "identity" });
  await assert.rejects(service.infer({ ...infer, model: { name: "nobody" } }, signal), { code: "model-not-found" });
  assert.equal(service.peer.fields.purpose, "sealed-http");
  const passed = proxy.passed.slice(first);
  assert.deepEqual([...new Set(passed.map(({ path }) => path))], [attestationPath, sealedPath]);
  assert.deepEqual([...new Set(passed.map(({ status }) => status))], [200]);
  for (const { path, question, answer } of passed) {
    for (const text of [marker, "identity", "INPUT0", "/v2/", "model-not-found", "nobody"]) {
      assert.ok(path === attestationPath || !question.includes(text), text);
      assert.ok(path === attestationPath || !answer.includes(text), text);
    }
  }
});

test("the other protocols go the same way", async () => {
  const torchserve = server.urls["torchserve.inference"] ?? "";
  const fields = [{ name: "data", mediaType: "text/plain", bytes: utf8("read") }];
  const predicted = await connectTorchserve(torchserve, {}, await openSealed(torchserve, fakeTrust())).predict({
    ...{ model: { name: "upper" }, urlPath: "", headers: {}, fields },
  });
  assert.equal(textOf(predicted.body), "READ");
  const tensorflow = server.urls["tensorflowServing.rest"] ?? "";
  const client = connectTensorflowServing(tensorflow, {}, await openSealed(tensorflow, fakeTrust()));
  const row = Array.from({ length: 16 }, (_, i) => i);
  const args = { signatureName: "serving_default", format: "row", value: utf8(JSON.stringify([row])) } as const;
  assert.deepEqual(JSON.parse(textOf((await client.predict({ model: { name: "floats" }, ...args })).value)), [row]);
  // Each socket opens what is for its own protocols only.
  const stranger = await openSealed(tensorflow, fakeTrust());
  assert.equal((await stranger.fetch(`${tensorflow}/predictions/upper`, { method: "POST" })).status, 404);
  assert.equal((await stranger.fetch(`${tensorflow}${attestationPath}`, { method: "POST" })).status, 404);
});

test("a listener that speaks TLS itself gives evidence of its key alone to whoever asks so", async () => {
  await using direct = await openSealedServer({ tls: true });
  const url = direct.urls["openInference.http"] ?? "";
  const trusting: typeof fetch = async (target, init = {}) => {
    const { request } = await import("node:https");
    return new Promise((resolve, reject) => {
      const options = {
        method: init.method ?? "GET",
        headers: { "content-type": new Headers(init.headers).get("content-type") ?? "" },
      };
      const asked = request(String(target), { ...options, rejectUnauthorized: false }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 }));
      });
      asked.once("error", reject).end(init.body);
    });
  };
  const service = await connectSealed(url, fakeTrust(), {}, { fetch: trusting });
  assert.ok((await service.list()).length > 0);
});

test("whatever the proxy changes in a question is not opened, and not answered (F3, F12)", async () => {
  const service = await connectSealed(proxy.url, fakeTrust());
  const answered = server.answered.length;
  const texts = new Set<string>();
  for (const change of [
    (body: Buffer) => flipped(body, 8),
    (body: Buffer) => flipped(body, 44),
    (body: Buffer) => flipped(body, body.length - 1),
    (body: Buffer) => body.subarray(0, -1),
    (body: Buffer) => Buffer.concat([body, Buffer.of(0)]),
    (body: Buffer) => Buffer.concat([body.subarray(0, 8), Buffer.from("GET / HTTP/1.1")]),
    () => Buffer.alloc(0),
  ]) {
    proxy.tampering = { question: ({ path, question }) => (path === sealedPath ? change(question) : question) };
    await refused("sealed-request-refused", service.list());
    texts.add(proxy.passed.at(-1)?.answer.toString() ?? "");
  }
  assert.equal(texts.size, 1, "one answer for whatever is wrong");
  assert.equal(server.answered.length, answered);
});

test("whatever the proxy changes in an answer is not believed (F1, F8)", async () => {
  const service = await connectSealed(proxy.url, fakeTrust());
  let other: Buffer = Buffer.alloc(0);
  const changes: readonly (readonly [SessionErrorCode, (answer: Buffer) => { status?: number; answer: Buffer }])[] = [
    ["sealed-body-forged", (answer) => ({ answer: flipped(answer, answer.length - 1) })],
    ["sealed-body-forged", (answer) => ({ answer: flipped(answer, 0) })],
    ["stream-truncated", (answer) => ({ answer: answer.subarray(0, -1) })],
    ["stream-truncated", () => ({ answer: Buffer.from("<html>") })],
    ["sealed-body-forged", () => ({ answer: other })],
    ["sealed-request-refused", () => ({ status: 502, answer: Buffer.from("<html>") })],
    ["sealed-request-refused", (answer) => ({ status: 201, answer })],
    ["redirected", (answer) => ({ status: 307, answer })],
    ["replayed", () => ({ status: 409, answer: Buffer.from('{"error":{"code":"replayed"}}') })],
  ];
  await service.list();
  other = proxy.passed.at(-1)?.answer ?? other;
  for (const [code, change] of changes) {
    proxy.tampering = {
      answer: ({ path, status, answer }) => (path === sealedPath ? { status, ...change(answer) } : { status, answer }),
    };
    await refused(code, service.list());
  }
});

test("a request that is sent again by somebody else is not answered again (F11)", async () => {
  const service = await connectSealed(proxy.url, fakeTrust());
  await service.infer(infer, signal);
  const answered = server.answered.length;
  const again = await fetch(`${proxy.url}${sealedPath}`, {
    ...{ method: "POST", headers: { "content-type": "application/vnd.sealserve.sealed-request" } },
    body: new Uint8Array(proxy.passed.at(-1)?.question ?? []),
  });
  assert.deepEqual([again.status, (await again.json()).error.code], [409, "replayed"]);
  assert.equal(server.answered.length, answered);
});

test("a client whose clock differs is told so; a server that remembers all it can takes no more", async () => {
  await using late = await openSealedServer({ now: new Date(testTime.getTime() + 150_000) });
  const strange = await connectSealed(late.urls["openInference.http"] ?? "", fakeTrust());
  await refused("request-late", strange.list());
  await using small = await openSealedServer({ entries: 1 });
  const service = await connectSealed(small.urls["openInference.http"] ?? "", fakeTrust());
  await service.list();
  await refused("busy", service.list());
  assert.deepEqual([late.answered.length, small.answered.length], [0, 1]);
});

test("the key in the answer is the one in the evidence, or nobody is talked to (D6)", async () => {
  const { publicKey } = await createSealedHttpKey({ replays: { admit: () => "admitted" } });
  // The proxy puts a key of its own into what stands beside the evidence.
  proxy.tampering = {
    answer({ path, status, answer }) {
      if (path !== attestationPath) return { status, answer };
      const document = JSON.parse(answer.toString());
      const preimage = Buffer.from(document.preimage, "base64url");
      const at = preimage.indexOf(server.publicKey);
      preimage.set(publicKey, at);
      return { status, answer: Buffer.from(JSON.stringify({ ...document, preimage: preimage.toString("base64url") })) };
    },
  };
  const first = proxy.passed.length;
  await refused("report-data-mismatch", connectSealed(proxy.url, fakeTrust()));
  proxy.tampering = {};
  assert.deepEqual(paths().slice(first), [attestationPath]);
  // Evidence that names a key which the server does not hold: it says so, is asked once more, and that is all.
  await using confused = await openSealedServer({ claimedKey: publicKey });
  const url = confused.urls["openInference.http"] ?? "";
  let asked = 0;
  const counting: typeof fetch = (target, init) => {
    asked++;
    return fetch(target, init);
  };
  const service = await connectSealed(url, fakeTrust(), {}, { fetch: counting });
  await refused("hpke-key-mismatch", service.list());
  assert.deepEqual([asked, confused.answered.length], [4, 0]);
});

test("a server that started anew is attested again, once, and never asked in the clear (F9, D13)", async () => {
  const old = await openSealedServer({ instance: 1 });
  behind = old;
  const service = await connectSealed(proxy.url, fakeTrust());
  const pinned = await connectSealed(proxy.url, fakeTrust({ pinned: { instanceId: "01".repeat(16) } }));
  await service.list();
  await old[Symbol.asyncDispose]();
  await using current = await openSealedServer({ instance: 2 });
  behind = current;
  const first = proxy.passed.length;
  await service.list();
  assert.deepEqual(
    proxy.passed.slice(first).map(({ path, status }) => [path, status]),
    [
      [sealedPath, 409],
      [attestationPath, 200],
      [sealedPath, 200],
    ],
  );
  assert.equal(service.peer.fields.instanceId[0], 2);
  const answered = current.answered.length;
  await refused("pinned-mismatch", pinned.list());
  assert.equal(current.answered.length, answered);
});

test("a hint that the key is gone, from whomever, costs two questions and no more (F9)", async () => {
  const service = await connectSealed(proxy.url, fakeTrust());
  const first = proxy.passed.length;
  proxy.tampering = {
    answer: ({ path, status, answer }) =>
      path === sealedPath
        ? { status: 409, answer: Buffer.from('{"error":{"code":"hpke-key-mismatch"}}') }
        : { status, answer },
  };
  await refused("hpke-key-mismatch", service.list());
  assert.deepEqual(paths().slice(first), [sealedPath, attestationPath, sealedPath]);
});

test("other models than the evidence named answer nothing until they are attested (D13)", async () => {
  await using own = await openSealedServer();
  const url = own.urls["openInference.http"] ?? "";
  const service = await connectSealed(url, fakeTrust());
  const pinned = await connectSealed(url, fakeTrust({ pinned: { modelSetDigest: "01".repeat(32) } }));
  own.modelSet = new Uint8Array(32).fill(9);
  await service.list();
  assert.equal(service.peer.fields.modelSetDigest[0], 9);
  const answered = own.answered.length;
  await refused("pinned-mismatch", pinned.list());
  assert.equal(own.answered.length, answered);
});

test("another mesh than the evidence named answers nothing until it is attested", async () => {
  await using own = await openSealedServer();
  own.mesh = new Uint8Array(32).fill(3);
  const url = own.urls["openInference.http"] ?? "";
  const service = await connectSealed(url, fakeTrust());
  const pinned = await connectSealed(url, fakeTrust({ pinned: { meshDigests: ["03".repeat(32)] } }));
  await pinned.list();
  for (const mesh of [new Uint8Array(32).fill(9), null]) {
    own.mesh = mesh;
    await service.list();
    assert.deepEqual(service.peer.fields.meshDigest?.[0], mesh?.[0]);
    const answered = own.answered.length;
    await refused("pinned-mismatch", pinned.list());
    assert.equal(own.answered.length, answered);
  }
});

test("evidence is asked for again once it is older than allowed, or the clock went back (D13, B17)", async () => {
  let now = testTime.getTime();
  const trust = fakeTrust({ now: () => new Date(now) });
  const service = await connectSealed(proxy.url, trust, { maxAge: 1000 });
  const questions = async (): Promise<number> => {
    const first = proxy.passed.length;
    await Promise.all([service.list(), service.list()]);
    return paths()
      .slice(first)
      .filter((path) => path === attestationPath).length;
  };
  assert.equal(await questions(), 0);
  now += 1000;
  assert.equal(await questions(), 1);
  now -= 1;
  assert.equal(await questions(), 1);
});

test("evidence of a connection is no evidence of a key (D10)", async () => {
  const honest = honestParts({ hpkeKey: new Uint8Array(32).fill(5) });
  const channel = {
    spkiSha256: () => new Uint8Array(32),
    exporter: () => new Uint8Array(32),
    clientCertificate: () => null,
  };
  const bound: typeof fetch = async (_, init = {}) => {
    const { nonce } = JSON.parse(textOf(init.body as Uint8Array));
    const outcome = await honest.attest(Buffer.from(nonce, "base64url"), channel);
    assert.ok(outcome.kind === "attested");
    const { body } = await attestationRoutes.attest.writeReply(outcome.document, { nonce });
    return new Response(Buffer.concat(body as readonly Uint8Array[]));
  };
  await refused("purpose-mismatch", connectSealed("https://server.test", fakeTrust(), {}, { fetch: bound }));
});

test("what is compressible is no shorter than what is not (F13)", async () => {
  const transport = await openSealed(proxy.url, fakeTrust());
  const lengths = new Set<number>();
  const headers = { "accept-encoding": "gzip, br", "content-type": "application/json" };
  for (const body of [new Uint8Array(50_000), crypto.getRandomValues(new Uint8Array(50_000))]) {
    await transport.fetch(`${proxy.url}/v2/models/identity/infer`, { method: "POST", headers, body });
    lengths.add(proxy.passed.at(-1)?.question.length ?? 0);
  }
  assert.equal(lengths.size, 1);
});

test("no URL but an origin is taken, and none but its own is asked (F14)", async () => {
  for (const url of ["ftp://127.0.0.1", `${proxy.url}/path`, proxy.url.replace("//", "//user:secret@"), "127.0.0.1"]) {
    await refused("url-refused", openSealed(url, fakeTrust()));
  }
  const transport = await openSealed(proxy.url, fakeTrust());
  await refused("url-refused", transport.fetch(`${proxy.url}@example.test/v2`));
});
