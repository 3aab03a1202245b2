// TLS on every listener, from files or made at the start, and only version 1.3; plaintext outside loopback only where it was asked for.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect } from "node:tls";
import { selfSigned } from "@sealserve/server";
import { identityModel } from "../fixtures/onnx-model.ts";
import { listenerNames, type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
let store: readonly string[];
before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/line.onnx", identityModel());
  store = ["--model-store", `${folder.path}/store`];
});
after(() => folder[Symbol.asyncDispose]());

const listeners = Object.values(listenerNames);

/** Finishes the handshake with a listener, and tells the protocol and the certificate. */
async function handshake(
  url: string,
  options: ConnectionOptions,
): Promise<{ version: string | null; certificate: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...options });
  try {
    await once(socket, "secureConnect");
    return {
      version: socket.getProtocol(),
      certificate: new X509Certificate(socket.getPeerCertificate().raw).toString(),
    };
  } finally {
    socket.destroy();
  }
}

async function statusOf(request: ClientRequest): Promise<number> {
  const [answer] = await once(request, "response");
  answer.resume();
  return answer.statusCode;
}

/** Every listener answers over https to who trusts `ca`, in version 1.3, and to nobody with less. */
async function assertTrusted({ ready }: RunningServer, ca: string): Promise<void> {
  assert.deepEqual(Object.keys(ready.listeners).sort(), [...listeners].sort());
  for (const [name, url] of Object.entries(ready.listeners)) {
    assert.match(url, /^https:/);
    assert.equal((await handshake(url, { ca })).version, "TLSv1.3");
    await assert.rejects(handshake(url, { ca, maxVersion: "TLSv1.2" }), `${name} took TLS 1.2`);
    await assert.rejects(handshake(url, {}), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    assert.ok((await statusOf(httpsGet(`${url}/metrics`, { ca }))) < 500, name);
  }
}

test("a certificate made at the start serves every listener, and its fingerprint is in the log", async () => {
  await using server = await startServer([...store, "--tls", "self-signed"]);
  const url = server.url("openInference", "");
  const { certificate } = await handshake(url, { rejectUnauthorized: false });
  await assertTrusted(server, certificate);
  assert.ok(server.log().includes(new X509Certificate(certificate).fingerprint256));
  const file = await folder.write("made.pem", certificate);
  const trusting = await runSealserve(["models", "--url", url, "--ca", file]);
  assert.equal(trusting.code, 0, trusting.stderr);
  assert.match(trusting.stdout, /line +1 +available/);
  const doubting = await runSealserve(["models", "--url", url]);
  assert.equal(doubting.code, 1);
  assert.match(doubting.stderr, /certificate/);
});

test("a certificate from files serves every listener, also outside loopback", async () => {
  const { certificate, privateKey } = await selfSigned({ host: "0.0.0.0", from: new Date() });
  const cert = await folder.write("cert.pem", certificate);
  const key = await folder.write("key.pem", privateKey.reveal());
  await using server = await startServer([...store, "--host", "0.0.0.0", "--tls-cert", cert, "--tls-key", key]);
  await assertTrusted(server, certificate);
});

test("plaintext to a TLS listener is told so, and TLS to a plaintext listener fails", async () => {
  await using server = await startServer([...store, "--tls", "self-signed"]);
  const plain = server.url("torchserve", "/ping").replace("https:", "http:");
  assert.equal(await statusOf(httpGet(plain)), 400);
});

test("plaintext outside loopback where it was asked for", async () => {
  await using server = await startServer([...store, "--host", "0.0.0.0", "--insecure-plaintext"]);
  const { port } = new URL(server.url("openInference", ""));
  assert.equal((await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).status, 200);
  await assert.rejects(handshake(server.url("openInference", ""), { rejectUnauthorized: false }));
});
