// The same broker on PostgreSQL, and two of them on one database: one chain, one truth.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { brokerSession, connectKeyBroker } from "@sealserve/client";
import {
  type PostgresCluster,
  postgresPrograms,
  startPostgres,
} from "@sealserve/conformance/fixtures/postgres-cluster";
import { auditRoutes } from "@sealserve/protocols/key-broker";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { ChainVerifier } from "./audit/verify-chain.ts";
import { startKeyBroker } from "./key-broker.ts";
import { changeRootKey } from "./maintenance/change-root-key.ts";
import {
  type BrokerFixture,
  model,
  policyFor,
  stanzasFor,
  startFixture,
  tenant,
  trusted,
} from "./testing/broker-fixture.ts";
import { request } from "./testing/raw-attestation.ts";

const programs = postgresPrograms();
const fileKey = new Uint8Array(16).fill(4);

describe("on PostgreSQL", {
  skip: programs === null && "PostgreSQL is not installed under /usr/lib/postgresql",
}, () => {
  let cluster: PostgresCluster;
  let databases = 0;
  before(() => {
    cluster = startPostgres(programs ?? "");
  });
  after(() => cluster[Symbol.dispose]());
  const start = () => startFixture({ config: { database: cluster.newDatabase(`broker${databases++}`) } });

  async function startSecond({ config, intel }: BrokerFixture) {
    const parts = { clock: systemClock(), logger: silentLogger(), anchors: [intel.anchor], collateral: intel.source };
    return startKeyBroker(config, parts);
  }

  async function sessionAt(url: string | null, { intel }: BrokerFixture) {
    const broker = connectKeyBroker(new URL(url ?? ""), { fetch });
    const parts = { broker, attester: intel.attester(trusted), key: await createTeeKey() };
    return brokerSession({ tee: "tdx", tenant, model }, parts);
  }

  async function chainLength({ broker, adminToken }: BrokerFixture): Promise<number> {
    const read = async (path: string) => {
      const headers = { authorization: `Bearer ${await adminToken()}` };
      return (await request(broker.urls.admin, path, { headers })).text;
    };
    const verifier = new ChainVerifier(null);
    const rows = auditRoutes.readAudit.readReply;
    const answer = { status: 200, headers: {}, body: Buffer.from(await read("/admin/v1/audit/entries/1/1000")) };
    for (const row of await rows(answer)) verifier.take(row);
    verifier.finish(JSON.parse(await read("/admin/v1/audit/checkpoint")));
    return verifier.sequence;
  }

  test("two brokers append to one chain, and a token of one serves at the other", async () => {
    await using fixture = await start();
    await using second = await startSecond(fixture);
    assert.equal(second.meshRoots, fixture.broker.meshRoots);
    const stanzas = await stanzasFor(fixture.recipient, fileKey);
    const sessions = [fixture.broker, second].map(({ urls }) => sessionAt(urls.broker, fixture));
    const [here, there] = await Promise.all(sessions);
    assert.ok(here && there);
    const before = await chainLength(fixture);
    const keys = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? here : there).unwrap(stanzas)));
    for (const key of keys) assert.deepEqual(key, fileKey);
    // Two attestations, forty releases, and that the first saw an evaluation number and a signed time.
    assert.equal(await chainLength(fixture), before + 44);
    const first = connectKeyBroker(new URL(fixture.broker.urls.broker ?? ""), { fetch });
    const crossing = {
      ...connectKeyBroker(new URL(second.urls.broker ?? ""), { fetch }),
      auth: first.auth,
      attest: first.attest,
    };
    const parts = { broker: crossing, attester: fixture.intel.attester(trusted), key: await createTeeKey() };
    assert.deepEqual(await brokerSession({ tee: "tdx", tenant, model }, parts).unwrap(stanzas), fileKey);
  });

  test("a limit holds across both, and a revocation at one is one at the other", async () => {
    await using fixture = await start();
    await using second = await startSecond(fixture);
    const { administration } = fixture.broker;
    await administration.setPolicy("test", tenant, model, policyFor(fixture.intel, { releaseLimit: 3 }));
    const stanzas = await stanzasFor(fixture.recipient, fileKey);
    const [here, there] = [
      await sessionAt(fixture.broker.urls.broker, fixture),
      await sessionAt(second.urls.broker, fixture),
    ];
    const asked = Array.from({ length: 30 }, (_, i) => (i % 2 ? here : there).unwrap(stanzas));
    const released = (await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled");
    assert.equal(released.length, 3);
    await administration.setPolicy("test", tenant, model, policyFor(fixture.intel));
    assert.ok(await there.unwrap(stanzas));
    await administration.removePolicy("test", tenant, model);
    await assert.rejects(there.unwrap(stanzas), { code: "policy-refused" });
  });

  test("brokers on a database whose root key was changed refuse until they are started with the new one", async () => {
    await using fixture = await start();
    await using second = await startSecond(fixture);
    const stanzas = await stanzasFor(fixture.recipient, fileKey);
    const sessions = [fixture.broker, second].map(({ urls }) => sessionAt(urls.broker, fixture));
    const [here, there] = await Promise.all(sessions);
    assert.ok(here && there && (await here.unwrap(stanzas)));
    const rootKey = { file: new Secret(Buffer.alloc(32, 9)) };
    const parts = { logger: silentLogger(), epoch: () => Date.now(), randomness: randomBytes };
    await changeRootKey(fixture.config, rootKey, "operator me", parts);
    for (const session of [here, there]) await assert.rejects(session.unwrap(stanzas), { code: "unavailable" });
    await assert.rejects(startSecond(fixture), { code: "root-key-wrong" });
    await using again = await startSecond({ ...fixture, config: { ...fixture.config, rootKey } });
    assert.deepEqual(await (await sessionAt(again.urls.broker, fixture)).unwrap(stanzas), fileKey);
  });

  test("an administrator's token that was used at one is refused at the other", async () => {
    await using fixture = await start();
    await using second = await startSecond(fixture);
    const [there, here] = [second, fixture.broker].map(({ urls }) => urls.admin);
    const call = async (url: string | null | undefined, token: string) => {
      const answer = await request(url ?? "", "/admin/v1/tenants", { headers: { authorization: `Bearer ${token}` } });
      return [answer.status, answer.body?.["reason"]];
    };
    for (const [first, next] of [
      [here, there],
      [there, here],
    ]) {
      const token = await fixture.adminToken();
      assert.deepEqual(await call(first, token), [200, undefined]);
      assert.deepEqual(await call(next, token), [401, "token-replayed"]);
    }
    // Two at the same moment: one of them.
    const token = await fixture.adminToken();
    const both = await Promise.all([call(here, token), call(there, token)]);
    assert.deepEqual(both.map(([status]) => status).sort(), [200, 401]);
    // And after a restart, which forgets what a broker had in memory.
    await using again = await startSecond(fixture);
    assert.deepEqual(await call(again.urls.admin, token), [401, "token-replayed"]);
  });

  test("a wrong root key, and a database that is not there, end the start", async () => {
    await using fixture = await start();
    const config = { ...fixture.config, rootKey: { file: new Secret(Buffer.alloc(32, 9)) } };
    await assert.rejects(startSecond({ ...fixture, config }), { code: "root-key-wrong" });
    const nowhere = { ...fixture.config, database: "postgresql://user:hunter2@127.0.0.1:1/none" };
    await assert.rejects(startSecond({ ...fixture, config: nowhere }), (error: Error & { code?: string }) => {
      assert.equal(error.code, "database-unusable");
      return !error.message.includes("hunter2");
    });
  });
});
