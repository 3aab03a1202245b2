// Sealed requests to the whole server on simulated hardware, through a proxy that ends TLS and sees nothing of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectSealed, openSealed } from "@sealserve/client";
import { identityModel } from "../fixtures/onnx-model.ts";
import { startTlsEndingProxy, type TlsEndingProxy } from "../fixtures/tls-ending-proxy.ts";
import { type RunningDev, startDev, trustOf } from "./running-dev.ts";
import { httpListeners, runSealserve } from "./running-server.ts";

const systemRoots = getCACertificates("default");
const marker = "MARKER-that-nobody-between-may-see";
let dev: RunningDev;
let proxy: TlsEndingProxy;
let target: string;

before(async () => {
  dev = await startDev();
  await dev.folder.write("store/line.onnx", identityModel());
  assert.equal((await dev.settled("line")).state, "READY");
  proxy = await startTlsEndingProxy(() => target);
  target = dev.server.url("openInference", "");
  setDefaultCACertificates([...systemRoots, proxy.certificate]);
});
after(async () => {
  setDefaultCACertificates(systemRoots);
  await proxy[Symbol.asyncDispose]();
  await dev[Symbol.asyncDispose]();
});

const calls: readonly (readonly [string, string, string?])[] = [
  ["GET", "/ping"],
  ["OPTIONS", "/"],
  ["POST", `/predictions/${marker}`, marker],
  ["GET", "/models"],
  ["GET", `/models/${marker}`],
  ["GET", "/metrics"],
  ["GET", "/v2"],
  ["GET", "/v2/health/live"],
  ["GET", "/v2/models/line"],
  ["GET", "/v2/models/line/stats"],
  ["POST", "/v2/models/line/infer", JSON.stringify({ id: marker, inputs: [] })],
  ["POST", "/v2/repository/index", "{}"],
  ["GET", "/v1/models/line"],
  ["GET", "/v1/models/line/metadata"],
  ["POST", "/v1/models/line:predict", `{"instances":["${marker}"]}`],
  ["GET", `/no/such/path/${marker}`],
];

test("whatever any listener of HTTP answers to a sealed request is sealed: routes, refusals and unknown paths alike (F15)", async () => {
  for (const name of httpListeners) {
    target = dev.ready.listeners[name] ?? "";
    const transport = await openSealed(proxy.url, dev.trust);
    const first = proxy.passed.length;
    for (const [method, path, text] of calls) {
      const body = text === undefined ? {} : { body: new TextEncoder().encode(text) };
      const answer = await transport.fetch(`${proxy.url}${path}`, { method, ...body });
      assert.ok(answer.status >= 200, `${method} ${path}`);
    }
    for (const { path, status, question, answer } of proxy.passed.slice(first)) {
      assert.deepEqual([path, status], ["/.well-known/sealed-http", 200]);
      for (const seen of [question, answer]) assert.ok(!seen.includes(marker) && !seen.includes("line"), name);
    }
  }
  target = dev.server.url("openInference", "");
});

test("predict --sealed-http verifies first, and asks through the proxy", async () => {
  const ca = await dev.folder.write("proxy.pem", proxy.certificate);
  const trusting = ["--trust", dev.ready.policy, "--trust-anchor", dev.ready.trustAnchor, "--ca", ca, "--sealed-http"];
  const ask = (...flags: readonly string[]) =>
    runSealserve(["predict", "line", "--url", proxy.url, "--input", "input=[[1,2,3,4]]", ...flags]);
  const answered = await ask(...trusting);
  assert.equal(answered.code, 0, answered.stderr);
  assert.match(answered.stdout, /1\.0, 2\.0, 3\.0, 4\.0/);
  assert.equal((await ask("--sealed-http")).code, 2);
  const first = proxy.passed.length;
  const without = await ask("--trust", dev.ready.policy, "--ca", ca, "--sealed-http");
  assert.equal(without.code, 1);
  assert.deepEqual(
    proxy.passed.slice(first).map(({ path }) => path),
    ["/.well-known/attestation"],
  );
});

test("a model that comes or goes is noticed before the next request is answered (D13)", async () => {
  const service = await connectSealed(proxy.url, dev.trust);
  const before = Buffer.from(service.peer.fields.modelSetDigest).toString("hex");
  const pinned = await connectSealed(proxy.url, trustOf(dev.ready, { pinned: { modelSetDigest: before } }));
  await pinned.list();
  await dev.folder.write("store/other.onnx", identityModel());
  assert.equal((await dev.settled("other")).state, "READY");
  await assert.rejects(pinned.list(), { code: "pinned-mismatch" });
  await service.list();
  assert.notEqual(Buffer.from(service.peer.fields.modelSetDigest).toString("hex"), before);
});
