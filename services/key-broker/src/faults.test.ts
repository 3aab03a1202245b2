// When the database or the disk fails nothing is released without its entry; the broker says 503 and goes on when they are back.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { postgresPrograms, startPostgres } from "@sealserve/conformance/fixtures/postgres-cluster";
import { silentLogger } from "@sealserve/server";
import type { AuditEntry } from "./audit/entry.ts";
import { Storage } from "./storage/storage.ts";
import { type BrokerFixture, model, stanzasFor, startFixture, tenant } from "./testing/broker-fixture.ts";
import { type Answer, attested, request } from "./testing/raw-attestation.ts";

const fileKey = new Uint8Array(16).fill(6);
const unavailable = [503, "unavailable"];

async function unwrap({ broker, recipient }: BrokerFixture, token: string): Promise<Answer> {
  const stanzas = (await stanzasFor(recipient, fileKey)).map(({ args, body }) => ({
    args,
    body: Buffer.from(body).toString("base64"),
  }));
  const headers = { authorization: `Bearer ${token}` };
  return request(broker.urls.broker, "/v1/unwrap", { headers, body: { tenant, model, stanzas } });
}

const codeOf = ({ status, body }: Answer) => [status, body?.["code"]];

async function releases({ config }: BrokerFixture): Promise<number> {
  await using storage = await Storage.open(config.database, { logger: silentLogger() });
  const rows = await storage.db.selectFrom("audit").select("entry").execute();
  const entries = rows.map(({ entry }): AuditEntry => JSON.parse(entry));
  return entries.filter((entry) => entry.kind === "decision" && entry.act === "unwrap").length;
}

test("a SQLite file that cannot grow (SQLITE_FULL): refused, nothing released, and on when there is room", async () => {
  const databases: DatabaseSync[] = [];
  await using fixture = await startFixture({ parts: { onDatabase: (database) => databases.push(database) } });
  const limit = (pages: number) => databases[0]?.exec(`pragma max_page_count = ${pages}`);
  const { token } = await attested(fixture);
  assert.equal((await unwrap(fixture, token)).status, 200);
  // No page more than there are: the pragma takes the present size where it is told less.
  limit(1);
  let released = 0;
  let last: Answer | null = null;
  for (let i = 0; i < 50 && last?.status !== 503; i++) {
    last = await unwrap(fixture, token);
    if (last.status === 200) released++;
  }
  assert.ok(last);
  assert.deepEqual(codeOf(last), unavailable);
  assert.equal((await request(fixture.broker.urls.operations, "/healthz")).status, 200);
  assert.equal(await releases(fixture), 1 + released);
  limit(1_000_000);
  assert.equal((await unwrap(fixture, token)).status, 200);
  assert.equal(await releases(fixture), 2 + released);
});

test("a database that another process holds for too long: refused, and on when it lets go", async () => {
  await using fixture = await startFixture({
    parts: { onDatabase: (database) => database.exec("pragma busy_timeout = 50") },
  });
  const { token } = await attested(fixture);
  using other = new DatabaseSync(fixture.config.database);
  other.exec("begin immediate");
  assert.deepEqual(codeOf(await unwrap(fixture, token)), unavailable);
  other.exec("rollback");
  assert.equal((await unwrap(fixture, token)).status, 200);
  assert.equal(await releases(fixture), 1);
});

test("a witness that cannot be written: no answer leaves, though the log has its entry", async () => {
  await using fixture = await startFixture();
  const { token } = await attested(fixture);
  const file = String(fixture.config.auditWitness);
  renameSync(file, `${file}.away`);
  mkdirSync(file);
  assert.deepEqual(codeOf(await unwrap(fixture, token)), unavailable);
  assert.equal(await releases(fixture), 1);
  rmSync(file, { recursive: true });
  renameSync(`${file}.away`, file);
  assert.equal((await unwrap(fixture, token)).status, 200);
});

const programs = postgresPrograms();

test("PostgreSQL is stopped and started again", {
  skip: programs === null && "PostgreSQL is not installed under /usr/lib/postgresql",
}, async () => {
  using cluster = startPostgres(programs ?? "");
  await using fixture = await startFixture({ config: { database: cluster.newDatabase("faults") } });
  const { token } = await attested(fixture);
  assert.equal((await unwrap(fixture, token)).status, 200);
  const asked = Array.from({ length: 20 }, () => unwrap(fixture, token));
  cluster.stop();
  const answers = await Promise.all(asked);
  for (const answer of answers) if (answer.status !== 200) assert.deepEqual(codeOf(answer), unavailable);
  assert.deepEqual(codeOf(await unwrap(fixture, token)), unavailable);
  assert.equal((await request(fixture.broker.urls.operations, "/readyz")).status, 503);
  cluster.start();
  assert.equal((await unwrap(fixture, token)).status, 200);
  assert.equal((await request(fixture.broker.urls.operations, "/readyz")).status, 200);
  const released = answers.filter(({ status }) => status === 200).length;
  assert.ok((await releases(fixture)) >= 2 + released, "each that came has its entry");
});
