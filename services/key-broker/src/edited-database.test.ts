// Whoever can write to the database, but has no root key, gets nothing released: what is decided upon is authenticated.
import assert from "node:assert/strict";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { test } from "node:test";
import { createTeeKey } from "@sealserve/session";
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
