// Evidence on the very connection, over HTTP/1.1 and HTTP/2, given before anything is asked of the client; and clients by certificate.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { Agent } from "node:https";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { connect as connectTls } from "node:tls";
import type { ReportData } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { attestationPath, attestationRoutes } from "@sealserve/protocols/attestation";
import { Secret } from "@sealserve/server";
import { exporterLabel, parsePreimage } from "@sealserve/session";
import { attestingPath } from "./attesting.ts";
import { openProxy } from "./testing/open-proxy.ts";
import { answerTo, ask, httpUpstream } from "./testing/upstreams.ts";

const attester = {
  evidence: async (data: ReportData) => ({ tee: "tdx", quote: new Uint8Array(data) }),
} as unknown as Attester;
const modelSetDigest = new Uint8Array(32).fill(5);
const own = [attestingPath({ a: 1 }, { attester, modelSetDigest }, new AbortController().signal)];
const nonce = new Uint8Array(32).fill(9);
const body = Buffer.from(attestationRoutes.attest.writeRequest({ nonce }).body);

/** What this end of the connection knows. */
function binding(socket: TLSSocket): readonly string[] {
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  const exporter = socket.exportKeyingMaterial(32, exporterLabel, Buffer.from(nonce));
  return [createHash("sha256").update(spki).digest("hex"), exporter.toString("hex")];
}

function bound(text: string): readonly string[] {
  const { preimage } = attestationRoutes.attest.readReply({ status: 200, headers: {}, body: Buffer.from(text) }) as {
    readonly preimage: Uint8Array<ArrayBuffer>;
  };
  const { channel, purpose, modelSetDigest: models } = parsePreimage(preimage);
  assert.equal(purpose, "client-facing");
  assert.deepEqual(new Uint8Array(models), modelSetDigest);
  return [channel?.spkiSha256 ?? [], channel?.exporter ?? []].map((bytes) => Buffer.from(bytes).toString("hex"));
}

test("evidence over HTTP/2 and HTTP/1.1 is bound to the connection that it is asked on, and needs no token", async () => {
  await using proxy = await openProxy({
    own,
    tokenFile: new Secret(Buffer.from("sesame")),
    notReady: () => "it starts",
  });
  const { hostname, port } = new URL(proxy.url);
  const open = async (protocol: string): Promise<TLSSocket> => {
    const socket = connectTls({
      host: hostname,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: [protocol],
    });
    await once(socket, "secureConnect");
    assert.equal(socket.alpnProtocol, protocol);
    return socket;
  };
  const h2 = await open("h2");
  const session = connect(proxy.url, { createConnection: () => h2 });
  for (let time = 0; time < 2; time++) {
    const stream = session.request({ ":method": "POST", ":path": attestationPath, "content-type": "application/json" });
    stream.end(body);
    assert.deepEqual(bound((await answerTo(stream)).text), binding(h2));
  }
  session.destroy();
  const h1 = await open("http/1.1");
  const answer = await ask(
    proxy.url + attestationPath,
    { method: "POST", agent: undefined, createConnection: () => h1 },
    body,
  );
  assert.deepEqual(bound(answer.text), binding(h1));
  h1.destroy();
  const refused = await ask(proxy.url + attestationPath, { method: "POST" }, '{"nonce":"AA"}');
  assert.equal(refused.status, 400);
  assert.equal((await ask(proxy.url + attestationPath)).status, 405);
  assert.equal((await ask(`${proxy.url}/`)).status, 401);
});

test("clients with a certificate of the authorities need no token; others' certificates prove nothing", async () => {
  const [mine, other] = [await testAuthority(), await testAuthority()];
  await using upstream = await httpUpstream((_, response) => response.end("in"));
  await using proxy = await openProxy({ http: upstream.port, clientRoots: mine.roots });
  assert.equal((await ask(`${proxy.url}/`)).status, 401);
  for (const [authority, status] of [
    [mine, 200],
    [other, 401],
  ] as const) {
    const { certificate: cert, privateKey: key } = await authority.issue();
    assert.equal((await ask(`${proxy.url}/`, { cert, key })).status, status);
  }
});

test("on a connection that is kept, a certificate proves who calls until it ends", async () => {
  const authority = await testAuthority();
  let now = Date.now();
  await using upstream = await httpUpstream((_, response) => response.end("in"));
  const clientRoots = authority.roots;
  await using proxy = await openProxy({ http: upstream.port, clientRoots, epoch: () => now });
  const notAfter = new Date(Math.floor(now / 1000) * 1000 + 3_600_000);
  const { certificate: cert, privateKey: key } = await authority.issue({ notAfter });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = async (): Promise<number> => (await ask(`${proxy.url}/`, { cert, key, agent })).status;
  const sockets = new Set<unknown>();
  agent.on("free", (socket) => sockets.add(socket));
  assert.equal(await call(), 200);
  now = notAfter.getTime() - 1;
  assert.equal(await call(), 200);
  now = notAfter.getTime();
  assert.equal(await call(), 401);
  assert.equal(sockets.size, 1, "all of it on one connection");
  agent.destroy();
});
