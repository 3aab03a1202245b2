// What proves an administrator over real TLS connections: a certificate that the configuration names, or a token for this broker, this server and one request.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTlsFetch } from "@sealserve/client/node";
import { type Issued, type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { SignJWT } from "jose";
import { type KeyBrokerConfig, keyBrokerConfig } from "../config.ts";
import { startKeyBroker } from "../key-broker.ts";
import { type BrokerFixture, fixtureConfig, startFixture, tenant } from "../testing/broker-fixture.ts";
import { type AdminTokenOptions, adminToken } from "./admin-token.ts";
import { plaintextChannel } from "./admin-tokens.ts";

type Administrators = KeyBrokerConfig["admin"]["administrators"];

const person = (name: string) => `spiffe://test.example/admin/${name}`;
const pem = (key: KeyObject) =>
  key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" }).toString();
const secret = (text: string) => new Secret(Buffer.from(text));
const root = generateKeyPairSync("ed25519");

let authority: TestAuthority;
let other: TestAuthority;
let pinned: Issued;
let folder: string;
let fixture: BrokerFixture;

before(async () => {
  [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
  pinned = await authority.issue();
  folder = await mkdtemp(join(tmpdir(), "admin-proofs-"));
  const server = await authority.issue({ usage: "server" });
  await writeFile(join(folder, "server.pem"), server.certificate);
  await writeFile(join(folder, "server.key"), server.privateKey);
  fixture = await startFixture({ config: { admin: admin() } });
});
after(async () => {
  await fixture[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function admin(changes: Partial<KeyBrokerConfig["admin"]> = {}): KeyBrokerConfig["admin"] {
  const base = fixtureConfig(folder, "").admin;
  const sha256 = new X509Certificate(pinned.certificate).fingerprint256.replaceAll(":", "").toLowerCase();
  const administrators: Administrators = [
    { name: "root", publicKey: secret(pem(root.publicKey)), roles: ["key-admin", "auditor"], tenants: null },
    { name: "alice", certificate: { uri: person("alice") }, roles: ["key-admin"], tenants: null },
    { name: "bob", certificate: { uri: person("bob") }, roles: ["auditor"], tenants: null },
    { name: "carol", certificate: { uri: person("carol") }, roles: ["key-admin"], tenants: ["elsewhere"] },
    { name: "pinned", certificate: { sha256 }, roles: ["key-admin"], tenants: [tenant] },
  ];
  const tls = { cert: join(folder, "server.pem"), key: join(folder, "server.key") };
  return {
    ...base,
    listen: { ...base.listen, tls },
    administrators,
    clientRoots: [secret(authority.roots)],
    ...changes,
  };
}

interface Shown {
  readonly client?: Issued;
  readonly token?: string;
}

/** Status and what is wrong of a call that needs the role key-admin for the tenant. */
async function listKeys({ client, token }: Shown, url = fixture.broker.urls.admin): Promise<readonly unknown[]> {
  const fetch = createTlsFetch({ roots: authority.roots, ...(client ? { client } : {}) });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/admin/v1/tenants/${tenant}/keys`, { headers });
  const { code, reason } = JSON.parse(await answer.text());
  return [answer.status, code, reason].filter((each) => each !== undefined);
}

const refused = (reason: string) => [401, "admin-refused", reason];
const certified = async (...uris: string[]): Promise<Shown> => ({ client: await authority.issue({ uris }) });

describe("a certificate", () => {
  test("is enough where the configuration names its URI or its digest", async () => {
    assert.deepEqual(await listKeys(await certified(person("alice"))), [200]);
    assert.deepEqual(await listKeys({ client: pinned }), [200]);
  });

  test("gives the roles and the tenants that are configured, and no others", async () => {
    for (const name of ["bob", "carol"]) {
      assert.deepEqual(await listKeys(await certified(person(name))), [403, "role-missing"], name);
    }
  });

  test("is refused where another authority issued it, where it has expired, and where nobody has mapped it", async () => {
    const uris = [person("alice")];
    const late = new Date("2089-01-01T00:00:00Z");
    const cases: readonly [string, Issued | undefined][] = [
      ["no-proof", undefined],
      ["certificate-untrusted", await other.issue({ uris })],
      ["certificate-untrusted", await authority.issue({ uris, usage: "server" })],
      ["certificate-expired", await authority.issue({ uris, notAfter: new Date("2021-01-01T00:00:00Z") })],
      ["certificate-expired", await authority.issue({ uris, notBefore: late })],
      ["certificate-unmapped", await authority.issue()],
      ["certificate-unmapped", await authority.issue({ uris: [person("mallory")] })],
      ["certificate-unmapped", await authority.issue({ uris: [`${person("alice")}/x`] })],
      ["certificate-unmapped", await authority.issue({ uris: [person("mallory"), person("alice")] })],
    ];
    for (const [reason, client] of cases) assert.deepEqual(await listKeys(client ? { client } : {}), refused(reason));
  });

  test("does not make up for a bad token, nor is it asked of who has a good one", async () => {
    const { client } = await certified(person("alice"));
    assert.ok(client);
    assert.deepEqual(await listKeys({ client, token: "x" }), refused("token-malformed"));
    assert.deepEqual(await listKeys({ token: await signed() }), [200]);
    assert.deepEqual(await listKeys({ client: await other.issue(), token: await signed() }), [200]);
  });

  test("is not taken from a web page, whose reader's browser shows it unasked", async () => {
    const { client } = await certified(person("alice"));
    assert.ok(client);
    const fetch = createTlsFetch({ roots: authority.roots, client });
    const url = `${fixture.broker.urls.admin}/admin/v1/tenants/${tenant}/keys/model-key/rotate`;
    const body = () => new Uint8Array(Buffer.from('{"kind":"x25519"}'));
    const rotate = async (headers: Record<string, string>) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "text/plain", ...headers },
        body: body(),
      });
      return [answer.status, JSON.parse(await answer.text()).reason];
    };
    for (const headers of [
      { origin: "https://page.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      assert.deepEqual(await rotate(headers), [401, "from-page"]);
    }
    assert.deepEqual(await rotate({}), [200, undefined]);
  });

  test("ends with its time, also on a connection that it has opened", async () => {
    let hours = 0;
    const clock = { ...systemClock(), epoch: () => Date.now() + hours * 3_600_000 };
    const database = join(folder, "later.sqlite");
    await using later = await startFixture({ config: { admin: admin(), database }, parts: { clock } });
    const client = await authority.issue({ uris: [person("alice")], notAfter: new Date(Date.now() + 60_000) });
    const fetch = createTlsFetch({ roots: authority.roots, client });
    const ask = async () => {
      const answer = await fetch(`${later.broker.urls.admin}/admin/v1/tenants`);
      return [answer.status, JSON.parse(await answer.text()).reason];
    };
    assert.deepEqual(await ask(), [200, undefined]);
    hours = 1;
    assert.deepEqual(await ask(), [401, "certificate-expired"]);
  });
});

function signed(changes: Partial<AdminTokenOptions> = {}): Promise<string> {
  const audience = fixture.broker.adminAudience;
  return adminToken(pem(root.privateKey), { now: new Date(), audience, ...changes });
}

describe("a token", () => {
  test("is for one broker: by its trust domain, or as it is configured", async () => {
    assert.equal(fixture.broker.adminAudience, "https://test.example/key-broker/admin");
    assert.deepEqual(
      await listKeys({ token: await signed({ audience: "https://other/key-broker/admin" }) }),
      refused("audience-wrong"),
    );
    const both = await new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: keyIdOf(await signed()) })
      .setAudience([fixture.broker.adminAudience, "https://other/key-broker/admin"])
      .setIssuedAt()
      .setJti("1")
      .setExpirationTime("1m")
      .sign(root.privateKey);
    assert.deepEqual(await listKeys({ token: both }), refused("audience-wrong"));
    const database = join(folder, "named.sqlite");
    await using named = await startFixture({ config: { admin: admin({ audience: "ours" }), database } });
    const url = named.broker.urls.admin;
    assert.deepEqual(await listKeys({ token: await signed() }, url), refused("audience-wrong"));
    assert.deepEqual(await listKeys({ token: await signed({ audience: "ours" }) }, url), [200]);
  });

  test("is for one request, and cannot do without a number of its own", async () => {
    const token = await signed();
    assert.deepEqual(await listKeys({ token }), [200]);
    assert.deepEqual(await listKeys({ token }), refused("token-replayed"));
    const nameless = new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid: keyIdOf(token) }).setIssuedAt();
    const without = await nameless
      .setAudience(fixture.broker.adminAudience)
      .setExpirationTime("1m")
      .sign(root.privateKey);
    assert.deepEqual(await listKeys({ token: without }), refused("token-malformed"));
  });

  test("that names a server is taken by no other, so that nobody gains by naming another's audience", async () => {
    const servers: string[] = [];
    const onServer = (spki: Uint8Array) => servers.push(Buffer.from(spki).toString("base64url"));
    const fetch = createTlsFetch({ roots: authority.roots }, { onServer });
    const about = await fetch(`${fixture.broker.urls.admin}/admin/v1/about`);
    assert.deepEqual(await about.json(), { audience: fixture.broker.adminAudience });
    const [channel = ""] = servers;
    assert.deepEqual(await listKeys({ token: await signed({ channel }) }), [200]);
    for (const wrong of [plaintextChannel, "", Buffer.alloc(32).toString("base64url")]) {
      assert.deepEqual(await listKeys({ token: await signed({ channel: wrong }) }), refused("channel-wrong"));
    }
  });

  test("is refused by what is wrong with it", async () => {
    const stranger = generateKeyPairSync("ed25519").privateKey;
    const audience = fixture.broker.adminAudience;
    const now = new Date();
    assert.deepEqual(
      await listKeys({ token: await adminToken(pem(stranger), { now, audience }) }),
      refused("key-unknown"),
    );
    for (const away of [-3_600_000, 3_600_000]) {
      assert.deepEqual(
        await listKeys({ token: await signed({ now: new Date(Date.now() + away) }) }),
        refused("token-expired"),
      );
    }
    const [head, body] = (await signed()).split(".");
    const [, , signature] = (await signed()).split(".");
    assert.deepEqual(await listKeys({ token: `${head}.${body}.${signature}` }), refused("signature-wrong"));
  });
});

function keyIdOf(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
}

describe("a broker does not start", () => {
  async function starting(changes: Partial<KeyBrokerConfig["admin"]>): Promise<void> {
    const config = { ...fixture.config, admin: admin(changes), database: ":memory:" };
    const { intel } = fixture;
    const parts = { clock: systemClock(), logger: silentLogger(), anchors: [], collateral: intel.source };
    await using started = await startKeyBroker(config, parts);
    assert.ok(started);
  }

  test("with roots that are none, or that plaintext makes useless", async () => {
    const code = "client-roots-unusable";
    for (const text of ["", "# none", pinned.certificate]) {
      await assert.rejects(starting({ clientRoots: [secret(text)] }), { code });
    }
    const { listen } = fixtureConfig(folder, "").admin;
    await assert.rejects(starting({ listen }), { code });
  });

  test("with a certificate that nobody vouches for, or that two have", async () => {
    await assert.rejects(starting({ clientRoots: null }), { code: "client-roots-missing" });
    const [, alice] = admin().administrators;
    assert.ok(alice);
    const administrators = [alice, { ...alice, name: "alice-too" }];
    await assert.rejects(starting({ administrators }), { code: "administrator-twice" });
  });

  test("with a file of roots that is not there, or an administrator without any proof", () => {
    const who = { name: "x", roles: ["auditor"] };
    const parse = (adminSetting: object) =>
      keyBrokerConfig.safeParse({
        ...{ admin: adminSetting, database: "x", rootKey: { file: "/dev/null" }, trustDomain: "test.example" },
      }).success;
    const certificate = { uri: person("x") };
    assert.equal(parse({ administrators: [{ ...who, certificate }], clientRoots: ["/dev/null"] }), true);
    assert.equal(parse({ administrators: [{ ...who, certificate }], clientRoots: ["/nowhere/roots.pem"] }), false);
    assert.equal(parse({ administrators: [{ ...who, certificate }], clientRoots: [] }), false);
    assert.equal(parse({ administrators: [who] }), false);
    for (const bad of [{ uri: "https://x/y" }, { uri: "spiffe://x" }, { sha256: "ab" }, {}, { subject: "CN=x" }]) {
      assert.equal(parse({ administrators: [{ ...who, certificate: bad }] }), false, JSON.stringify(bad));
    }
    const colons = `${"AB:".repeat(31)}CD`;
    assert.equal(parse({ administrators: [{ ...who, certificate: { sha256: colons } }] }), true);
  });
});
