// What a listener learns of its clients by their certificates, and whom it does not let in.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { Agent, type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type Issued, type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import type { ClientCertificate, TlsChannel } from "@sealserve/protocols";
import { systemClock } from "@sealserve/serving";
import { Secret } from "../config/secret.ts";
import { silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import type { TlsCredentials } from "./listener-options.ts";
import { type Listeners, openListeners } from "./open-listeners.ts";

let authority: TestAuthority;
let other: TestAuthority;
let server: TlsCredentials;
const seen: (ClientCertificate | null)[] = [];
const parts = { clock: systemClock(), logger: silentLogger() };

before(async () => {
  [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  server = { certificate, privateKey: new Secret(Buffer.from(privateKey)) };
});

/** Notes what each request's client showed. */
const noting = () =>
  fakeProtocol("noting", {
    "GET /": async ({ channel }) => {
      seen.push(channel?.clientCertificate() ?? null);
      return reply("seen");
    },
  });

function open(tls: TlsCredentials | null, optionalClientRoots?: string): Promise<Listeners> {
  const options = { host: "127.0.0.1", tls, insecurePlaintext: false };
  const all = optionalClientRoots === undefined ? options : { ...options, optionalClientRoots };
  return openListeners(all, [{ protocol: noting(), port: 0 }], parts);
}

async function ask({ urls }: Listeners, shown?: Issued, more: RequestOptions = {}): Promise<string> {
  const credentials = shown ? { cert: shown.certificate, key: shown.privateKey } : {};
  const asked = request(urls["noting"] ?? "", { ca: authority.roots, agent: false, ...credentials, ...more }).end();
  const [answer] = await once(asked, "response");
  return text(answer);
}

describe("where a certificate is optional", () => {
  let listeners: Listeners;
  before(async () => {
    listeners = await open(server, authority.roots);
  });
  after(() => listeners[Symbol.asyncDispose]());

  async function told(shown?: Issued): Promise<string | null | undefined> {
    await ask(listeners, shown);
    return seen.at(-1)?.problem;
  }

  test("one under the roots proves who shows it; without one there is nothing to tell", async () => {
    const mine = await authority.issue();
    assert.equal(await told(mine), null);
    assert.match(
      mine.certificate.replaceAll(/\s/g, ""),
      new RegExp(
        Buffer.from(seen.at(-1)?.der ?? "")
          .toString("base64")
          .slice(0, 60)
          .replaceAll("+", "\\+"),
      ),
    );
    await ask(listeners);
    assert.equal(seen.at(-1), null);
  });

  test("one of another authority, expired, not yet begun or a server's proves nothing", async () => {
    assert.notEqual((await told(await other.issue())) ?? null, null);
    assert.equal(await told(await authority.issue({ notAfter: new Date("2021-01-01T00:00:00Z") })), "CERT_HAS_EXPIRED");
    assert.equal(
      await told(await authority.issue({ notBefore: new Date("2089-01-01T00:00:00Z") })),
      "CERT_NOT_YET_VALID",
    );
    assert.equal(await told(await authority.issue({ usage: "server" })), "INVALID_PURPOSE");
  });

  test("each request of a connection is told of the same certificate", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const mine = await authority.issue();
    for (let i = 0; i < 3; i++) await ask(listeners, mine, { agent });
    agent.destroy();
    const [first, ...others] = seen.slice(-3);
    assert.ok(first && first.problem === null);
    assert.ok(others.every((other) => other === first));
  });

  test("no session is resumed, so that each connection shows its certificate anew", async () => {
    const sessions: Buffer[] = [];
    const watched = async (more: RequestOptions & { readonly session?: Buffer }): Promise<boolean> => {
      const agent = new Agent({ maxCachedSessions: 0 });
      const asked = request(listeners.urls["noting"] ?? "", { ca: authority.roots, agent, ...more }).end();
      const [socket] = await once(asked, "socket");
      socket.on("session", (session: Buffer) => sessions.push(session));
      const [answer] = await once(asked, "response");
      const reused = socket.isSessionReused();
      await text(answer);
      agent.destroy();
      return reused;
    };
    await watched({});
    for (const session of [...sessions]) assert.equal(await watched({ session }), false);
    assert.ok(sessions.length > 0, "the server offers sessions, but takes none back");
  });

  test("a renewed certificate of the server changes nothing of that", async () => {
    listeners.renew({ ...server, clientRoots: authority.roots });
    assert.equal(await told(await authority.issue()), null);
    assert.notEqual((await told(await other.issue())) ?? null, null);
  });
});

test("where one is required, nobody gets in without", async () => {
  await using listeners = await open({ ...server, clientRoots: authority.roots });
  assert.equal(await ask(listeners, await authority.issue()), "seen");
  await assert.rejects(ask(listeners));
  await assert.rejects(ask(listeners, await other.issue()));
});

test("who is not let in is cut off before a byte of its request is read, and others are served", async () => {
  const before = seen.length;
  const mine = await authority.issue();
  const unwanted = await authority.issue();
  const isUnwanted = ({ clientCertificate }: TlsChannel): boolean =>
    new X509Certificate(clientCertificate()?.der ?? "").fingerprint256 ===
    new X509Certificate(unwanted.certificate).fingerprint256;
  let exchanges = 0;
  await using listeners = await openListeners(
    { host: "127.0.0.1", tls: { ...server, clientRoots: authority.roots }, insecurePlaintext: false },
    [{ protocol: noting(), port: 0 }],
    { ...parts, admits: (channel) => !isUnwanted(channel), observe: () => exchanges++ },
  );
  assert.equal(await ask(listeners, mine), "seen");
  for (let i = 0; i < 5; i++) {
    const credentials = { cert: unwanted.certificate, key: unwanted.privateKey };
    const options = { ca: authority.roots, agent: false, method: "POST", ...credentials };
    const asked = request(listeners.urls["noting"] ?? "", options);
    asked.write(new Uint8Array(1024 * 1024));
    await assert.rejects(once(asked, "response"), { code: /ECONNRESET|EPIPE/ });
  }
  assert.equal(await ask(listeners, mine), "seen");
  assert.deepEqual([exchanges, seen.length - before], [2, 2]);
});

test("roots that are none do not open the door to all public authorities, nor does plaintext", async () => {
  const leaf = (await authority.issue()).certificate;
  for (const roots of ["", "\n", "# nothing", leaf, authority.roots.replace("MII", "AAA")]) {
    await assert.rejects(open(server, roots), { code: "client-roots-unusable" });
    await assert.rejects(open({ ...server, clientRoots: roots }), { code: "client-roots-unusable" });
  }
  await assert.rejects(open(null, authority.roots), { code: "client-roots-unusable" });
});
