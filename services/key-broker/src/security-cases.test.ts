// The security cases of key brokers (E1 to E14), each over real sockets, each by its status and code.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { type BrokerFixture, model, stanzasFor, startFixture, tenant, trusted } from "./testing/broker-fixture.ts";
import { type Answer, attest, attested, auth, request } from "./testing/raw-attestation.ts";

const fileKey = new Uint8Array(16).fill(9);
const never = new AbortController().signal;
let fixture: BrokerFixture;
before(async () => {
  fixture = await startFixture();
  await fixture.broker.administration.setResource("test", tenant, model, "secret", Buffer.from("a secret"));
  await fixture.broker.administration.createTenant("test", "rival");
  await fixture.broker.administration.setResource("test", "rival", model, "secret", Buffer.from("another"));
});
after(() => fixture[Symbol.asyncDispose]());

async function unwrap(token: string | null, scope: object = {}): Promise<Answer> {
  const stanzas = (await stanzasFor(fixture.recipient, fileKey)).map(({ args, body }) => ({
    args,
    body: Buffer.from(body).toString("base64"),
  }));
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return request(fixture.broker.urls.broker, "/v1/unwrap", { headers, body: { tenant, model, stanzas, ...scope } });
}

/** Status and code, and that nothing is told beyond them but the number of the audit entry. */
function assertRefused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body?.["code"]], [status, code], answer.text);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const told = Object.keys(answer.body ?? {}).filter(
    (key) => !["type", "detail", "code", "decision", "problem", "retryAfter", "limit"].includes(key),
  );
  assert.deepEqual(told, []);
}

describe("E1: tokens", () => {
  const signers: readonly (readonly [string, (token: string) => Promise<string | null>])[] = [
    ["none", async () => null],
    ["not a token", async () => "x.y.z"],
    ["alg none", async (token) => new UnsecuredJWT(decodeJwt(token)).encode()],
    [
      "HS256 under the public key",
      async (token) => new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32)),
    ],
    ["an attacker's key, embedded", (token) => forge(token, true)],
    ["an attacker's key under the broker's kid", (token) => forge(token, false)],
    ["its signature cut off", async (token) => `${token.slice(0, token.lastIndexOf("."))}.`],
    ["another payload", async (token) => token.replace(/\.[^.]+\./, ".e30.")],
  ];
  for (const [what, change] of signers) {
    test(`refused alike: ${what}`, async () => {
      const { token } = await attested(fixture);
      const answer = await unwrap(await change(token));
      assertRefused(answer, 401, "token-refused");
    });
  }

  test("refused: a session that has not attested, a token in the query", async () => {
    const { cookie } = await auth(fixture);
    const path = `/kbs/v0/resource/${tenant}/${model}/secret`;
    assertRefused(await request(fixture.broker.urls.broker, path, { headers: { cookie } }), 401, "token-refused");
    const { token } = await attested(fixture);
    assertRefused(await request(fixture.broker.urls.broker, `${path}?token=${token}`), 401, "token-refused");
    const query = await request(fixture.broker.urls.broker, `/v1/unwrap?token=${token}`, { body: {} });
    assertRefused(query, 400, "malformed-request");
  });

  test("refused: a token after its time, at the broker's own clock", async () => {
    let later = 0;
    const clock = { ...systemClock(), epoch: () => Date.now() + later };
    await using aging = await startFixture({ parts: { clock } });
    const { token } = await attested(aging);
    const ask = () =>
      aging.service.resource({ session: null, token, repository: tenant, type: model, tag: "t" }, never);
    await assert.rejects(ask(), { code: "policy-refused" });
    later = aging.config.tokenLifetime;
    await assert.rejects(ask(), { code: "token-refused" });
  });

  async function forge(token: string, embedded: boolean): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const header = embedded ? { jwk: await exportJWK(publicKey) } : {};
    const kid = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
    return new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: "ES256", kid, ...header }).sign(privateKey);
  }
});

describe("E2: tenants", () => {
  test("another tenant's, an unknown tenant's and an unknown model's keys are refused in the same shape", async () => {
    const { token } = await attested(fixture);
    const answers = [
      await unwrap(token, { tenant: "rival" }),
      await unwrap(token, { tenant: "nobody" }),
      await unwrap(token, { model: "unknown" }),
    ];
    for (const answer of answers) assertRefused(answer, 403, "policy-refused");
    const shapes = answers.map(({ text }) => text.replaceAll(/\d+/g, "N"));
    assert.equal(new Set(shapes).size, 1);
  });

  for (const path of ["..%2f..", "%2e%2e", "a%00b", "%EF%BC%8E%EF%BC%8E", "a".repeat(300), "__proto__", "%2F"]) {
    test(`refused as a name: ${path.slice(0, 20)}`, async () => {
      const { token } = await attested(fixture);
      const headers = { authorization: `Bearer ${token}` };
      const answer = await request(fixture.broker.urls.broker, `/kbs/v0/resource/${tenant}/${model}/${path}`, {
        headers,
      });
      assertRefused(answer, 404, "not-found");
      assertRefused(await unwrap(token, { tenant: decodeURIComponent(path) }), 400, "malformed-request");
    });
  }

  test("resources: the right one comes encrypted, another tenant's does not come", async () => {
    const { token, key, cookie } = await attested(fixture);
    const get = (repository: string, headers: Record<string, string>) =>
      request(fixture.broker.urls.broker, `/kbs/v0/resource/${repository}/${model}/secret`, { headers });
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie }]) {
      const { status, body, text } = await get(tenant, headers);
      assert.equal(status, 200);
      assert.ok(!text.includes("a secret"));
      assert.equal(Buffer.from(await key.open(Object(body))).toString(), "a secret");
    }
    assertRefused(await get("rival", { cookie }), 401, "policy-refused");
  });

  test("D11: what a stolen token or cookie brings opens under the attested key alone", async () => {
    const { token } = await attested(fixture);
    const { body } = await unwrap(token);
    await assert.rejects((await createTeeKey()).open(Object(body)));
  });
});

describe("D1, D2: nonces", () => {
  const refused = (answer: Answer) => assertRefused(answer, 401, "evidence-refused");

  test("evidence for an old nonce is refused, whichever nonce is told beside it", async () => {
    const old = await auth(fixture);
    const now = await auth(fixture);
    refused(await attest(fixture, now, { boundNonce: old.nonce }));
    refused(await attest(fixture, { nonce: old.nonce, cookie: (await auth(fixture)).cookie }));
  });

  test("a nonce serves once, also where the first attempt failed", async () => {
    const begun = await auth(fixture);
    assert.equal((await attest(fixture, begun)).status, 200);
    assertRefused(await attest(fixture, begun), 401, "session-refused");
    const failed = await auth(fixture);
    refused(await attest(fixture, failed, { measurements: { ...trusted, debug: true } }));
    assertRefused(await attest(fixture, failed), 401, "session-refused");
  });

  test("a key that is not in the report data is refused", async () => {
    const other = (await createTeeKey()).publicJwk;
    const change = (body: Record<string, unknown>) => ({
      ...body,
      "runtime-data": { ...Object(body["runtime-data"]), "tee-pubkey": other },
    });
    refused(await attest(fixture, await auth(fixture), { change }));
  });

  const malformed: readonly (readonly [string, (body: Record<string, unknown>) => object])[] = [
    ["a point that is not on the curve", (body) => withKey(body, { x: "A".repeat(43) })],
    ["RSA1_5", (body) => withKey(body, { alg: "RSA1_5" })],
    ["a private key", (body) => withKey(body, { d: "A".repeat(43) })],
    ["init data", (body) => ({ ...body, "init-data": { format: "toml", body: "" } })],
    ["an unknown member", (body) => ({ ...body, __proto__: null, other: 1 })],
    ["a nonce that is null", (body) => ({ ...body, "runtime-data": { ...Object(body["runtime-data"]), nonce: null } })],
    ["no evidence", (body) => ({ ...body, "tee-evidence": {} })],
    [
      "evidence of an unknown kind",
      (body) => ({ ...body, "tee-evidence": { primary_evidence: { tee: "sample", quote: "" } } }),
    ],
  ];
  for (const [what, change] of malformed) {
    test(`refused before it is judged: ${what}`, async () => {
      assertRefused(await attest(fixture, await auth(fixture), { change }), 401, "malformed-request");
    });
  }

  function withKey(body: Record<string, unknown>, members: object): object {
    const data = Object(body["runtime-data"]);
    return { ...body, "runtime-data": { ...data, "tee-pubkey": { ...data["tee-pubkey"], ...members } } };
  }
});

describe("requests that are none", () => {
  const cases: readonly (readonly [string, string, object | string | undefined, number, string])[] = [
    [
      "another protocol version",
      "/kbs/v0/auth",
      { version: "0.1.1", tee: "tdx", "extra-params": "" },
      401,
      "malformed-request",
    ],
    [
      "an unknown TEE",
      "/kbs/v0/auth",
      { version: "0.4.0", tee: "sample", "extra-params": "" },
      401,
      "malformed-request",
    ],
    [
      "extra-params that are no JSON",
      "/kbs/v0/auth",
      { version: "0.4.0", tee: "tdx", "extra-params": "x" },
      401,
      "malformed-request",
    ],
    ["no JSON", "/v1/unwrap", "secret-marker", 400, "malformed-request"],
    ["an unknown path", "/kbs/v0/other", {}, 404, "not-found"],
    ["an unknown method", "/kbs/v0/auth", undefined, 405, "method-not-allowed"],
    ["a body over the limit", "/v1/unwrap", "x".repeat(1024 * 1024 + 1), 413, "too-large"],
  ];
  for (const [what, path, body, status, code] of cases) {
    test(`refused: ${what}`, async () => {
      const answer = await request(fixture.broker.urls.broker, path, body === undefined ? {} : { body });
      assertRefused(answer, status, code);
      assert.ok(!answer.text.includes("secret-marker"));
    });
  }

  test("a client that names no tenant is one of tenant default, by whichever of its policies accepts", async () => {
    assertRefused(await attest(fixture, await auth(fixture, null)), 401, "policy-refused");
    const { administration } = fixture.broker;
    await administration.createTenant("test", "default");
    const appraisal = {
      name: "p",
      references: [],
      tcbStatuses: ["UpToDate"],
      hardwareIds: null,
      simulatedRoots: [fixture.intel.anchor.sha256],
    };
    await administration.setPolicy("test", "default", "a", { appraisal, keys: [] });
    await administration.setPolicy("test", "default", "b", { appraisal, keys: [] });
    await administration.setReference("test", "default", "b", { tee: "tdx", name: "r", mrTd: [trusted.mrTd] });
    assert.equal((await attest(fixture, await auth(fixture, null))).status, 200);
  });
});
