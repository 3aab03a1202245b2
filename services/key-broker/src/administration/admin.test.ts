// The admin listener: nothing without a signed token, nothing outside of a role and its tenants (security case E9), each deed in the log.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { adminRoutes, auditRoutes } from "@sealserve/protocols/key-broker";
import { generateKeyPair } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { meshDigest } from "@sealserve/session/node";
import { SignJWT } from "jose";
import { keyBrokerConfig } from "../config.ts";
import { startKeyBroker } from "../key-broker.ts";
import {
  type BrokerFixture,
  fixtureConfig,
  model,
  stanzasFor,
  startFixture,
  tenant,
} from "../testing/broker-fixture.ts";
import { type Answer, request } from "../testing/raw-attestation.ts";
import { adminToken } from "./admin-token.ts";
import { adminKeyId } from "./admin-tokens.ts";

const pem = (key: KeyObject) =>
  key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" }).toString();
const roles = ["key-admin", "policy-admin", "auditor"] as const;
const scoped = generateKeyPairSync("ed25519");
const auditor = generateKeyPairSync("ed25519");
const audience = "https://test.example/key-broker/admin";
let fixture: BrokerFixture;

const tokenOf = (key: KeyObject, now = new Date()) => adminToken(pem(key), { now, audience });

before(async () => {
  const base = fixtureConfig("", "");
  const root = generateKeyPairSync("ed25519");
  const secret = (key: KeyObject) => new Secret(Buffer.from(pem(key)));
  const administrators = [
    { name: "root", publicKey: secret(root.publicKey), roles: [...roles], tenants: null },
    { name: "of-acme", publicKey: secret(scoped.publicKey), roles: [...roles], tenants: [tenant] },
    { name: "auditor", publicKey: secret(auditor.publicKey), roles: ["auditor" as const], tenants: null },
  ];
  const started = await startFixture({ config: { admin: { ...base.admin, administrators } } });
  fixture = { ...started, adminToken: () => tokenOf(root.privateKey) };
});
after(() => fixture[Symbol.asyncDispose]());

async function call(
  path: string,
  options: { readonly as?: KeyObject; readonly token?: string; readonly method?: string; readonly body?: object } = {},
): Promise<Answer> {
  const { as, method, body } = options;
  const token = options.token ?? (as ? await tokenOf(as) : await fixture.adminToken());
  const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
  return request(fixture.broker.urls.admin, `/admin/v1/${path}`, {
    headers,
    ...(method ? { method } : {}),
    ...(body ? { body } : {}),
  });
}

const codeOf = ({ status, body }: Answer) => [status, body?.["code"]];

describe("who is nobody", () => {
  test("no call of the admin listener is answered without a token", async () => {
    for (const route of Object.values({ ...adminRoutes, ...auditRoutes })) {
      const path = route.path.fill({
        tenant,
        model,
        name: "k",
        tag: "t",
        from: "1",
        limit: "1",
        sequence: "1",
        purpose: "mesh",
      });
      const body = route.method === "GET" || route.method === "DELETE" ? {} : { body: bodyFor(route.name) };
      const answer = await request(fixture.broker.urls.admin, path, { method: route.method, ...body });
      assert.deepEqual(codeOf(answer), [401, "admin-refused"], route.name);
    }
  });

  function bodyFor(name: string): object {
    if (name === "audit-prune") return { before: "2030-01-01T00:00:00Z" };
    if (name === "create-key" || name === "rotate-key") return { kind: "x25519" };
    if (name === "rotate-own-key") return { overlap: null };
    if (name === "import-key") return { identity: "x" };
    if (name === "enable-key") return { generation: null, enabled: true };
    if (name === "set-policy") return { policy: {} };
    if (name === "set-reference") return { reference: {} };
    return name === "set-resource" ? { content: "" } : {};
  }

  test("a stranger's token, an old one, one for elsewhere and one in the query are nobody's", async () => {
    const stranger = generateKeyPairSync("ed25519").privateKey;
    assert.deepEqual(codeOf(await call("tenants", { as: stranger })), [401, "admin-refused"]);
    const old = await tokenOf(auditor.privateKey, new Date(Date.now() - 3_600_000));
    assert.deepEqual(codeOf(await call("tenants", { token: old })), [401, "admin-refused"]);
    const kid = adminKeyId(pem(auditor.publicKey), "");
    const made = () => new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid }).setIssuedAt();
    const elsewhere = await made().setAudience("elsewhere").setExpirationTime("1m").sign(auditor.privateKey);
    const endless = await made().setAudience(audience).sign(auditor.privateKey);
    const hmac = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256", kid })
      .setIssuedAt()
      .setAudience(audience)
      .setExpirationTime("1m")
      .sign(Buffer.from(pem(auditor.publicKey)));
    for (const token of [elsewhere, endless, hmac, "x"])
      assert.deepEqual(codeOf(await call("tenants", { token })), [401, "admin-refused"]);
    const good = await fixture.adminToken();
    assert.deepEqual(codeOf(await call(`tenants?token=${good}`, { token: "" })), [400, "malformed-request"]);
  });

  test("the admin calls are not on the public listener, nor the public ones here", async () => {
    const headers = { authorization: `Bearer ${await fixture.adminToken()}` };
    for (const url of [fixture.broker.urls.broker, fixture.broker.urls.operations]) {
      assert.equal((await request(url, "/admin/v1/tenants", { headers })).status, 404);
    }
    assert.equal((await request(fixture.broker.urls.admin, "/kbs/v0/auth", { body: {} })).status, 404);
  });

  test("a broker without an administrator does not start, nor does one whose administrator's key is none", async () => {
    const { config, intel } = fixture;
    const start = (administrators: typeof config.admin.administrators) =>
      startKeyBroker(
        { ...config, admin: { ...config.admin, administrators } },
        { clock: systemClock(), logger: silentLogger(), anchors: [], collateral: intel.source },
      );
    await assert.rejects(start([]), { code: "administrators-missing" });
    const bad = { name: "x", publicKey: new Secret(Buffer.from("no key")), roles: [...roles], tenants: null };
    await assert.rejects(start([bad]), { code: "administrator-key-unusable" });
    assert.equal(keyBrokerConfig.safeParse({ admin: { administrators: [] } }).success, false);
    const [first, second] = config.admin.administrators;
    assert.ok(first && second);
    await assert.rejects(start([first, { ...first, name: "y" }]), { code: "administrator-twice" });
    await assert.rejects(start([first, { ...second, name: first.name }]), { code: "administrator-twice" });
  });
});

describe("roles", () => {
  test("an auditor reads the log and changes nothing", async () => {
    assert.equal((await call("audit/entries/1/10", { as: auditor.privateKey })).status, 200);
    for (const [path, method, body] of [
      ["tenants/new", "PUT"],
      [`tenants/${tenant}/keys`, "GET"],
      [`tenants/${tenant}/models/${model}/policy`, "PUT", { policy: {} }],
    ] as const) {
      const answer = await call(path, { as: auditor.privateKey, method, ...(body ? { body } : {}) });
      assert.deepEqual(codeOf(answer), [403, "role-missing"]);
    }
  });

  test("an administrator of one tenant makes no other, and sees nothing of it", async () => {
    const as = scoped.privateKey;
    assert.equal((await call("tenants/other", { method: "PUT" })).status, 200);
    await call("tenants/other/keys/theirs", { method: "PUT", body: { kind: "x25519" } });
    assert.deepEqual(codeOf(await call("tenants/third", { as, method: "PUT" })), [403, "role-missing"]);
    assert.deepEqual(codeOf(await call("tenants/other/keys", { as })), [403, "role-missing"]);
    assert.deepEqual((await call("tenants", { as })).body, [tenant]);
    const rows = Object.values((await call("audit/entries/1/1000", { as })).body ?? {}) as {
      entry: string | null;
      sequence: number;
    }[];
    const seen = rows.flatMap(({ entry }) => (entry === null ? [] : [JSON.parse(entry).tenant]));
    assert.deepEqual([...new Set(seen)], [tenant]);
    const hidden = rows.find(({ entry }) => entry === null);
    assert.deepEqual(codeOf(await call(`audit/grounds/${hidden?.sequence}`, { as })), [404, "not-found"]);
  });
});

describe("deeds", () => {
  test("the digest of a tenant's mesh is told to its administrators, as evidence of its frontends names it", async () => {
    const { status, body } = await call(`tenants/${tenant}/mesh`, { as: scoped.privateKey });
    const { digest, trustDomain, roots } = body as { digest: string; trustDomain: string; roots: string };
    assert.deepEqual([status, trustDomain, roots], [200, "test.example", fixture.broker.meshRoots]);
    assert.equal(digest, Buffer.from(meshDigest({ roots, trustDomain, tenant })).toString("hex"));
    const other = await call("tenants/other/mesh", { as: scoped.privateKey });
    assert.deepEqual(codeOf(other), [403, "role-missing"]);
  });

  test("a key that age-keygen made is imported, opens, and never comes out again", async () => {
    const { identity, recipient } = await generateKeyPair();
    const made = await call(`tenants/${tenant}/keys/imported/import`, { body: { identity } });
    assert.deepEqual([made.status, made.body?.["recipient"]], [200, recipient]);
    assert.ok(!made.text.includes("SECRET"));
    const again = await call(`tenants/${tenant}/keys/imported/import`, { body: { identity } });
    assert.deepEqual(codeOf(again), [409, "conflict"]);
    const broken = await call(`tenants/${tenant}/keys/broken/import`, {
      body: { identity: `${identity.slice(0, -1)}Q` },
    });
    assert.equal(broken.status, 400);
    assert.ok(!broken.text.includes(identity.slice(20, 40)));
    const list = await call(`tenants/${tenant}/keys`);
    assert.ok(!list.text.includes("SECRET"));
  });

  const bad: readonly (readonly [string, object, number, string])[] = [
    ["no policy", {}, 400, "malformed-request"],
    ["an unknown member", { appraisal: {}, keys: [], other: 1 }, 400, "malformed-request"],
    ["__proto__", JSON.parse('{"__proto__":{},"keys":[]}'), 400, "malformed-request"],
    [
      "an appraisal with a slip",
      { appraisal: { name: "x", references: [], tcbStatus: [], hardwareIds: null }, keys: [] },
      400,
      "malformed-request",
    ],
    [
      "a key that is not there",
      { appraisal: { name: "x", references: [], tcbStatuses: [], hardwareIds: null }, keys: ["gone"] },
      409,
      "conflict",
    ],
    [
      "a key twice",
      {
        appraisal: { name: "x", references: [], tcbStatuses: [], hardwareIds: null },
        keys: ["model-key", "model-key"],
      },
      400,
      "malformed-request",
    ],
    [
      "a role that is none",
      { appraisal: { name: "x", references: [], tcbStatuses: [], hardwareIds: null }, keys: [], roles: ["king"] },
      400,
      "malformed-request",
    ],
  ];
  for (const [what, policy, status, code] of bad) {
    test(`a policy is refused whole: ${what}`, async () => {
      const before = await call(`tenants/${tenant}/models`);
      const answer = await call(`tenants/${tenant}/models/${model}/policy`, { method: "PUT", body: { policy } });
      assert.deepEqual(codeOf(answer), [status, code]);
      assert.equal((await call(`tenants/${tenant}/models`)).text, before.text);
    });
  }

  test("what is not there cannot be changed", async () => {
    assert.equal((await call("tenants/nobody/keys/k", { method: "PUT", body: { kind: "x25519" } })).status, 404);
    assert.equal((await call(`tenants/${tenant}/keys/gone/rotate`, { body: { kind: "x25519" } })).status, 404);
    assert.equal((await call(`tenants/${tenant}/models/gone/policy`, { method: "DELETE" })).status, 404);
    assert.equal((await call(`tenants/${tenant}`, { method: "PUT" })).status, 409);
  });

  test("what was done is in the log, by whom and with what; a release with its grounds", async () => {
    const session = await fixture.session();
    assert.ok(await session.unwrap(await stanzasFor(fixture.recipient, new Uint8Array(16))));
    const rows = Object.values((await call("audit/entries/1/1000")).body ?? {}) as {
      entry: string;
      sequence: number;
    }[];
    const entries = rows.map(({ entry }) => JSON.parse(entry));
    const imported = entries.find(({ act }) => act === "key-imported");
    assert.deepEqual([imported.actor, imported.subject], ["root", "imported"]);
    const release = entries.findLast(({ act }) => act === "unwrap");
    assert.deepEqual(
      [release.verdict, release.reference, release.simulated, release.subject],
      ["accepted", "release-1", true, "model-key/1"],
    );
    const { body } = await call(`audit/grounds/${release.sequence}`);
    for (const ground of ["evidence", "collateral", "policy"]) assert.ok(String(body?.[ground]).length > 10, ground);
  });
});

test("health and metrics are told to anyone on their own listener, and hold nothing that a peer chose", async () => {
  const get = (path: string) => request(fixture.broker.urls.operations, path);
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/readyz")).status, 200);
  const { status, text } = await get("/metrics");
  assert.equal(status, 200);
  assert.match(text, /sealserve_key_broker_decisions_total\{act="unwrap",verdict="accepted",reason="accepted"\} [1-9]/);
  assert.match(text, /sealserve_key_broker_admin_refused_total\{reason="no-proof"\} [1-9]/);
  assert.match(text, /sealserve_key_broker_admin_refused_total\{reason="role-missing"\} [1-9]/);
  assert.ok(!text.includes(tenant));
});
