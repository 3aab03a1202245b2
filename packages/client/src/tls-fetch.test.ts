// Whom a fetch with roots of its own talks to, what it shows, and what it does with answers that lead elsewhere.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { TLSSocket } from "node:tls";
import { type Issued, type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { createTlsFetch } from "./tls-fetch.node.ts";

let authority: TestAuthority;
let other: TestAuthority;
let shown: Issued;
let server: Server;
let url: string;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/elsewhere") return void response.writeHead(302, { location: "/" }).end();
  if (request.url === "/nothing") return void response.writeHead(204).end();
  if (request.url === "/silence") return;
  const client = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined;
  const body = await buffer(request);
  response.writeHead(
    418,
    [
      ["set-cookie", "a=1"],
      ["x-client", client?.subjectAltName ?? "none"],
    ].flat(),
  );
  response.end(`${request.method} ${body}`);
}

before(async () => {
  [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
  shown = await authority.issue({ usage: "server" });
  const credentials = { cert: shown.certificate, key: shown.privateKey, ca: authority.roots };
  server = createServer({ ...credentials, requestCert: true, rejectUnauthorized: false }, answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test("asks, shows its certificate, and tells whose key answered", async () => {
  const { certificate, privateKey } = await authority.issue({ uris: ["spiffe://test/me"] });
  const servers: string[] = [];
  const fetch = createTlsFetch(
    { roots: `# ours\n${authority.roots}\n${other.roots}`, client: { certificate, privateKey } },
    { onServer: (spki) => servers.push(Buffer.from(spki).toString("hex")) },
  );
  const answered = await fetch(`${url}/path`, { method: "PUT", body: new Uint8Array(Buffer.from("bytes")) });
  assert.deepEqual([answered.status, await answered.text()], [418, "PUT bytes"]);
  assert.deepEqual(Object.fromEntries(answered.headers)["set-cookie"], "a=1");
  assert.equal(answered.headers.get("x-client"), "URI:spiffe://test/me");
  const spki = new X509Certificate(shown.certificate).publicKey.export({ type: "spki", format: "der" });
  assert.deepEqual(servers, [createHash("sha256").update(spki).digest("hex")]);
  assert.equal((await fetch(`${url}/nothing`)).body, null);
});

test("a server of another authority is not asked; nor is one by another name, without TLS or elsewhere", async () => {
  const failing = async (asking: Promise<Response>, code: string): Promise<void> =>
    assert.rejects(asking, ({ name, cause }) => name === "TypeError" && cause.code === code);
  await failing(createTlsFetch({ roots: other.roots })(url), "CERT_SIGNATURE_FAILURE");
  await failing(createTlsFetch({})(url), "SELF_SIGNED_CERT_IN_CHAIN");
  const fetch = createTlsFetch({ roots: authority.roots });
  const elsewhere = createServer({ cert: shown.certificate, key: shown.privateKey }, answer);
  await once(elsewhere.listen(0, "127.0.0.2"), "listening");
  await failing(
    fetch(`https://127.0.0.2:${(elsewhere.address() as AddressInfo).port}`),
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
  elsewhere.close();
  await assert.rejects(fetch(url.replace("https", "http")), TypeError);
  await assert.rejects(fetch(`${url}/elsewhere`), TypeError);
});

test("an abort ends it with its reason", async () => {
  const fetch = createTlsFetch({ roots: authority.roots });
  const controller = new AbortController();
  const asking = fetch(`${url}/silence`, { signal: controller.signal });
  server.once("request", () => controller.abort(new RangeError("enough")));
  await assert.rejects(asking, { message: "enough" });
  await assert.rejects(fetch(url, { signal: controller.signal }), { message: "enough" });
});

test("roots, certificates and keys that are none are refused, and never replaced by the system's", async () => {
  const client = await authority.issue();
  const { privateKey } = await authority.issue();
  for (const options of [
    { roots: "" },
    { roots: "no certificate" },
    { roots: authority.roots.replace("MII", "AAA") },
    { client: { ...client, privateKey } },
    { client: { ...client, privateKey: "" } },
    { client: { ...client, certificate: "" } },
  ]) {
    assert.throws(() => createTlsFetch(options), RangeError, JSON.stringify(options));
  }
});

test("gives up on a server that says nothing", async () => {
  const fetch = createTlsFetch({ roots: authority.roots, silenceLimit: 100 });
  await assert.rejects(fetch(`${url}/silence`), (error: Error) => /within 100 ms/.test(String(error.cause)));
});
