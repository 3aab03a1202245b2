// TLS: version, group, certificate, and what happens to those who speak something else.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { RawConnection } from "@sealserve/conformance/fixtures/raw-connection";
import { systemClock } from "@sealserve/serving";
import { Secret } from "../config/secret.ts";
import { silentLogger } from "../logger/logger.ts";
import { reply } from "../testing/fake-protocol.ts";
import { openFake } from "../testing/open-fake.ts";
import type { TlsCredentials } from "./listener-options.ts";
import type { Listener } from "./open-listener.ts";
import { selfSigned } from "./self-signed.ts";
import { loadTlsCredentials } from "./tls-credentials.ts";

const parts = { clock: systemClock(), logger: silentLogger() };
const routes = { "GET /hello": async () => reply("hello") };
let tls: TlsCredentials;
let listener: Listener;

before(async () => {
  tls = await loadTlsCredentials("self-signed", "192.0.2.7", parts);
  listener = await openFake(routes, { tls });
});

after(() => listener.stop());

async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  const { port } = new URL(listener.url);
  const socket = connect({
    host: "127.0.0.1",
    port: Number(port),
    servername: "localhost",
    ca: tls.certificate,
    ...options,
  });
  await once(socket, "secureConnect");
  return socket;
}

test("clients that trust the certificate are answered over https", async () => {
  const asked = get(`${listener.url}/hello`, { ca: tls.certificate });
  const [answer] = await once(asked, "response");
  assert.equal(answer.statusCode, 200);
  answer.resume();
});

test("prefers TLS 1.3 with the hybrid post-quantum group", async () => {
  const socket = await handshake({});
  assert.equal(socket.getProtocol(), "TLSv1.3");
  assert.ok(socket.authorized);
  const group = socket.getEphemeralKeyInfo();
  assert.equal(group && "name" in group && group.name, "X25519MLKEM768");
  socket.destroy();
});

test("speaks X25519 with clients that know nothing newer", async () => {
  const socket = await handshake({ ecdhCurve: "X25519" });
  socket.destroy();
});

test("refuses TLS 1.2", async () => {
  await assert.rejects(handshake({ maxVersion: "TLSv1.2" }));
});

test("tells a client that speaks plain HTTP, and keeps serving", async () => {
  using client = await RawConnection.open(listener.url);
  client.writeLines("GET /hello HTTP/1.1\nHost: x\n\n");
  assert.match(await client.untilClosed(), /^HTTP\/1\.1 400 /);
  (await handshake({})).destroy();
});

test("a self-signed certificate names the loopback and the host, for 30 days", async () => {
  const from = new Date("2026-01-01T00:00:00Z");
  const { certificate } = await selfSigned({ host: "models.example", from });
  const read = new X509Certificate(certificate);
  for (const name of ["localhost", "models.example"]) assert.equal(read.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1"]) assert.equal(read.checkIP(address), address);
  assert.equal(read.validFromDate.getTime(), from.getTime());
  assert.equal(read.validToDate.getTime() - from.getTime(), 30 * 24 * 60 * 60 * 1000);
  assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});

test("reads PEM files, and says which one it cannot read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-tls-"));
  try {
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    await writeFile(cert, tls.certificate);
    const load = () => loadTlsCredentials({ cert, key }, "localhost", parts);
    await assert.rejects(load(), { code: "credentials-unreadable", message: new RegExp(key) });
    await writeFile(key, tls.privateKey.reveal());
    await using opened = await openFake(routes, { tls: await load() });
    assert.match(opened.url, /^https:/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("refuses a certificate and a key that do not belong together", async () => {
  const other = await selfSigned({ host: "localhost", from: new Date() });
  await assert.rejects(openFake(routes, { tls: { ...tls, privateKey: other.privateKey } }), {
    code: "credentials-unusable",
  });
  const broken = new Secret(Buffer.from("no key"));
  await assert.rejects(openFake(routes, { tls: { ...tls, privateKey: broken } }), { code: "credentials-unusable" });
});
