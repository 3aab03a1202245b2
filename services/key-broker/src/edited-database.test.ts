// Whoever can write to the database, but has no root key, gets nothing released: what is decided upon is authenticated.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { test } from "node:test";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { keyBrokerConfig } from "./config.ts";
import { startKeyBroker } from "./key-broker.ts";
import {
  type BrokerFixture,
  model,
  policyFor,
  reference,
  stanzasFor,
  startFixture,
  tenant,
} from "./testing/broker-fixture.ts";
import { type Answer, attested, request } from "./testing/raw-attestation.ts";

const fileKey = new Uint8Array(16).fill(9);

async function unwrap({ broker, recipient }: BrokerFixture, token: string): Promise<Answer> {
  const stanzas = (await stanzasFor(recipient, fileKey)).map(({ args, body }) => ({
    args,
    body: Buffer.from(body).toString("base64"),
  }));
  const headers = { authorization: `Bearer ${token}` };
  return request(broker.urls.broker, "/v1/unwrap", { headers, body: { tenant, model, stanzas } });
}

function edit({ config }: BrokerFixture, statement: string, ...values: readonly SQLInputValue[]): void {
  using database = new DatabaseSync(config.database);
  assert.equal(database.prepare(statement).run(...values).changes, 1);
}

const codeOf = ({ status, body }: Answer) => [status, body?.["code"]];

test("a token whose row was given another key, or other report data, is refused", async () => {
  await using fixture = await startFixture();
  const other = JSON.stringify((await createTeeKey()).publicJwk);
  for (const [column, value] of [
    ["tee_public_key", other],
    ["csr_key", "A".repeat(43)],
    ["report_data", "00".repeat(64)],
  ] as const) {
    const { token } = await attested(fixture);
    assert.equal((await unwrap(fixture, token)).status, 200);
    edit(fixture, `update attestations set ${column} = ? where rowid = (select max(rowid) from attestations)`, value);
    assert.deepEqual(codeOf(await unwrap(fixture, token)), [401, "token-refused"], column);
  }
});

test("a policy that was edited in the database, or taken from another model, releases nothing", async () => {
  await using fixture = await startFixture();
  const { administration } = fixture.broker;
  const { token } = await attested(fixture);
  await administration.setPolicy("test", tenant, "other", policyFor(fixture.intel, { releaseLimit: 7 }));
  for (const value of [
    "replace(document, '\"releaseLimit\":null', '\"releaseLimit\":9')",
    "(select document from policies where model = 'other')",
  ]) {
    edit(fixture, `update policies set document = ${value} where model = ?`, model);
    assert.deepEqual(codeOf(await unwrap(fixture, token)), [503, "unavailable"]);
    await administration.setPolicy("test", tenant, model, policyFor(fixture.intel));
    assert.equal((await unwrap(fixture, token)).status, 200);
  }
});

test("a reference value that was edited or put in by hand releases nothing", async () => {
  await using fixture = await startFixture();
  const { token } = await attested(fixture);
  edit(fixture, "update reference_values set document = replace(document, '1111', '2222') where model = ?", model);
  assert.deepEqual(codeOf(await unwrap(fixture, token)), [503, "unavailable"]);
  await fixture.broker.administration.setReference("test", tenant, model, reference);
  assert.equal((await unwrap(fixture, token)).status, 200);
  const own = JSON.stringify({ tee: "tdx", name: "mine", mrTd: ["22".repeat(48)] });
  edit(
    fixture,
    "insert into reference_values (tenant, model, name, document) values (?, ?, 'mine', ?)",
    tenant,
    model,
    own,
  );
  assert.deepEqual(codeOf(await unwrap(fixture, token)), [503, "unavailable"]);
});

test("an older valid row that is put back releases nothing, and does not become valid by the next change", async () => {
  await using fixture = await startFixture();
  const { administration } = fixture.broker;
  const limited = policyFor(fixture.intel, { releaseLimit: 3 });
  await administration.setPolicy("test", tenant, model, limited);
  await administration.setResource("test", tenant, model, "pin", Buffer.from("old"));
  const { token } = await attested(fixture);
  assert.equal((await unwrap(fixture, token)).status, 200);
  using database = new DatabaseSync(fixture.config.database);
  const kept = ["policies", "resources", "keys", "tenants"].map((table) => ({
    table,
    rows: database.prepare(`select * from ${table}`).all(),
  }));
  const putBack = (name: string) => {
    const { table, rows } = kept.find((each) => each.table === name) ?? assert.fail(name);
    for (const row of rows) {
      const columns = Object.keys(row).filter((column) => column !== "tenant");
      const set = columns.map((column) => `${column} = ?`).join(", ");
      const values = columns.map((column) => row[column] ?? null);
      database.prepare(`update ${table} set ${set}`).run(...values);
    }
  };
  const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["policies", () => unwrap(fixture, token)],
    ["resources", () => administration.setResource("test", tenant, model, "pin", Buffer.from("new"))],
    ["keys", () => administration.enableKey("test", tenant, "model-key", null, false)],
  ];
  for (const [table, change] of cases) {
    await change();
    const after = database.prepare(`select * from ${table}`).all();
    putBack(table);
    assert.deepEqual(codeOf(await unwrap(fixture, token)), [503, "unavailable"], table);
    await assert.rejects(administration.setPolicy("test", tenant, model, limited), { code: "state-changed" });
    for (const row of after) {
      const columns = Object.keys(row);
      const set = columns.map((column) => `${column} = ?`).join(", ");
      database.prepare(`update ${table} set ${set}`).run(...columns.map((column) => row[column] ?? null));
    }
  }
  // A leaf that fits the older rows does not fit the log.
  putBack("keys");
  putBack("tenants");
  assert.deepEqual(codeOf(await unwrap(fixture, token)), [503, "unavailable"]);
});

test("the whole database as it was yesterday is refused without any configuration", async () => {
  const folder = await mkdtemp(join(tmpdir(), "yesterday-"));
  try {
    await writeFile(join(folder, "root.key"), randomBytes(32));
    await using fixture = await startFixture();
    const plain = {
      ...fixture.config,
      auditWitness: null,
      rootKey: rootKeyIn(folder),
      database: join(folder, "db", "b"),
    };
    const start = () => startKeyBroker(plain, partsOf(fixture));
    await using first = await start();
    await first.administration.createTenant("test", tenant);
    await first[Symbol.asyncDispose]();
    await copyFile(plain.database, join(folder, "back-up"));
    await using second = await start();
    await second.administration.createKey("test", tenant, "key", "x25519");
    await second[Symbol.asyncDispose]();
    await copyFile(join(folder, "back-up"), plain.database);
    await assert.rejects(start(), { code: "rolled-back", facts: { expected: 3, found: 2 } });
    await rm(join(folder, "db"), { recursive: true });
    await assert.rejects(start(), { code: "rolled-back", facts: { expected: 3, found: 0 } });
  } finally {
    await rm(folder, { recursive: true });
  }
});

const partsOf = ({ intel }: BrokerFixture) => ({
  clock: systemClock(),
  logger: silentLogger(),
  anchors: [intel.anchor],
  collateral: intel.source,
});

function rootKeyIn(folder: string) {
  return keyBrokerConfig.shape.rootKey.parse({ file: join(folder, "root.key") });
}
