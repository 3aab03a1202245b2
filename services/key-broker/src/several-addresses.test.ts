// Two brokers on one database behind one name: whichever cannot is passed over, and nothing that may have been begun is asked for twice.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { type BrokerSession, brokerSession, connectKeyBroker } from "@sealserve/client";
import { brokerFetch } from "@sealserve/client/proving";
import { type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import type { AuditEntry } from "./audit/entry.ts";
import { type KeyBroker, startKeyBroker } from "./key-broker.ts";
import { Storage } from "./storage/storage.ts";
import {
  type BrokerFixture,
  model,
  policyFor,
  stanzasFor,
  startFixture,
  tenant,
  trusted,
} from "./testing/broker-fixture.ts";

const fileKey = new Uint8Array(16).fill(6);
const addresses = ["127.0.0.1", "127.0.0.2"];

let folder: string;
let authority: TestAuthority;
let tls: { readonly cert: string; readonly key: string };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-addresses-"));
  authority = await testAuthority();
  const { certificate, privateKey } = await authority.issue({ usage: "server", names: ["broker.test"] });
  tls = { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  await Promise.all([writeFile(tls.cert, certificate), writeFile(tls.key, privateKey)]);
});
after(() => rm(folder, { recursive: true }));

interface Pair extends AsyncDisposable {
  readonly fixture: BrokerFixture;
  readonly first: KeyBroker;
  readonly second: KeyBroker;
  /** Of a process that asks `broker.test`, whose first address is the first broker's. */
  session(): Promise<BrokerSession>;
  /** The first loses its database, and answers 503 from now on. */
  cutOff(): void;
  /** How often keys were asked for and decided upon. */
  decided(act: string): Promise<number>;
}

async function openPair(): Promise<Pair> {
  const opened: DatabaseSync[] = [];
  const listen = (host: string, port: number) => ({ host, port, tls, insecurePlaintext: false });
  const fixture = await startFixture({
    config: { listen: listen("127.0.0.1", 0) },
    parts: { onDatabase: (database) => opened.push(database) },
  });
  const port = Number(new URL(fixture.broker.urls.broker ?? "").port);
  const config = {
    ...fixture.config,
    listen: listen("127.0.0.2", port),
    auditWitness: join(fixture.folder, "second-witness.json"),
  };
  const parts = { anchors: [fixture.intel.anchor], collateral: fixture.intel.source };
  const second = await startKeyBroker(config, { ...parts, clock: systemClock(), logger: silentLogger() });
  const reached = { url: `https://broker.test:${port}`, ca: authority.roots };
  return {
    ...{ fixture, second, first: fixture.broker },
    async session() {
      const fetch = brokerFetch(reached, {
        lookup: (_, __, told) =>
          told(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          ),
      });
      const broker = connectKeyBroker(new URL(reached.url), { fetch });
      const attester = fixture.intel.attester(trusted);
      return brokerSession({ tee: "tdx", tenant, model }, { broker, attester, key: await createTeeKey() });
    },
    cutOff() {
      for (const database of opened) {
        database.close();
        Object.defineProperty(database, "close", { value: () => {} });
      }
    },
    async decided(act) {
      await using storage = await Storage.open(fixture.config.database, { logger: silentLogger() });
      const rows = await storage.db.selectFrom("audit").select("entry").execute();
      const entries = rows.map(({ entry }): AuditEntry => JSON.parse(entry));
      return entries.filter((entry) => entry.kind === "decision" && entry.act === act).length;
    },
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

test("a process that begins passes over a broker without a database", async () => {
  await using pair = await openPair();
  const stanzas = await stanzasFor(pair.fixture.recipient, fileKey);
  pair.cutOff();
  const session = await pair.session();
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
  // From then on the other one is asked, at once.
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
  assert.deepEqual([await pair.decided("attest"), await pair.decided("unwrap")], [1, 2]);
});

test("a process that has a token takes it to the other broker, where the first can begin nothing", async () => {
  await using pair = await openPair();
  const stanzas = await stanzasFor(pair.fixture.recipient, fileKey);
  const session = await pair.session();
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
  pair.cutOff();
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
  assert.deepEqual([await pair.decided("attest"), await pair.decided("unwrap")], [1, 2]);
});

test("a broker that cannot be connected to is passed over", async () => {
  await using pair = await openPair();
  const stanzas = await stanzasFor(pair.fixture.recipient, fileKey);
  await pair.first[Symbol.asyncDispose]();
  assert.deepEqual(await (await pair.session()).unwrap(stanzas), fileKey);
});

test("what may have been begun, and was counted, is not asked for at the other; the next call is", async () => {
  await using pair = await openPair();
  const { fixture } = pair;
  await pair.first.administration.setPolicy("test", tenant, model, policyFor(fixture.intel, { releaseLimit: 2 }));
  const stanzas = await stanzasFor(fixture.recipient, fileKey);
  const session = await pair.session();
  await session.attest();
  const witness = String(fixture.config.auditWitness);
  renameSync(witness, `${witness}.away`);
  mkdirSync(witness);
  await assert.rejects(session.unwrap(stanzas), { code: "unavailable" });
  assert.equal(await pair.decided("unwrap"), 1);
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
  // Two were counted, the one that was lost among them.
  await assert.rejects(session.unwrap(stanzas), { code: "policy-refused" });
  rmSync(witness, { recursive: true });
  renameSync(`${witness}.away`, witness);
});
