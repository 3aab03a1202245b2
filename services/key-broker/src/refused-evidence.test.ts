// What the audit log keeps of those who are refused: each tenant's auditor sees its own, and a flood does not fill the disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@sealserve/server";
import type { AuditEntry, DecisionEntry } from "./audit/entry.ts";
import { Storage } from "./storage/storage.ts";
import { type BrokerFixture, model, stanzasFor, startFixture, trusted } from "./testing/broker-fixture.ts";
import { attest, attested, auth, request } from "./testing/raw-attestation.ts";

async function entriesOf({ config }: BrokerFixture): Promise<readonly AuditEntry[]> {
  await using storage = await Storage.open(config.database, { logger: silentLogger() });
  const rows = await storage.db.selectFrom("audit").select("entry").orderBy("sequence").execute();
  return rows.map(({ entry }) => JSON.parse(entry));
}

const isDecision = (entry: AuditEntry): entry is DecisionEntry => entry.kind === "decision";

test("a token used for another tenant's model: neither auditor learns of the other", async () => {
  await using fixture = await startFixture();
  await fixture.broker.administration.createTenant("test", "rival");
  const { token } = await attested(fixture);
  const stanzas = (await stanzasFor(fixture.recipient, new Uint8Array(16))).map(({ args, body }) => ({
    args,
    body: Buffer.from(body).toString("base64"),
  }));
  const headers = { authorization: `Bearer ${token}` };
  const body = { tenant: "rival", model, stanzas };
  const answer = await request(fixture.broker.urls.broker, "/v1/unwrap", { headers, body });
  const [accepted, theirs, own] = (await entriesOf(fixture)).filter(isDecision);
  assert.ok(accepted && theirs && own);
  assert.deepEqual([accepted.tenant, theirs.tenant, own.tenant], ["acme", "rival", "acme"]);
  assert.deepEqual(new Set(Object.values(theirs.grounds)), new Set([null]));
  assert.deepEqual([theirs.verdict, theirs.reason], ["refused", "token-of-another-tenant"]);
  assert.equal(own.grounds.evidence, accepted.grounds.evidence);
  assert.deepEqual([own.verdict, own.model], ["refused", null]);
  assert.ok(!JSON.stringify(own).includes("rival") && !JSON.stringify(theirs).includes("acme"));
  assert.equal(answer.body?.["decision"], own.sequence, "the number of the entry that its own auditor can read");
});

test("of a flood of refused evidence each has its entry, but only so much is kept; what is accepted always is", async () => {
  await using fixture = await startFixture({ config: { maxRequestRate: 100_000 } });
  const refuse = async () => {
    const begun = await auth(fixture);
    await attest(fixture, begun, { measurements: { ...trusted, mrTd: "22".repeat(48) } });
  };
  const before = (await entriesOf(fixture)).length;
  // A TDX quote with its certificates, in base64.
  const size = 5_000;
  const needed = Math.ceil((1024 * 1024) / size) + 20;
  for (let i = 0; i < needed; i += 10) await Promise.all(Array.from({ length: 10 }, refuse));
  const { token } = await attested(fixture);
  assert.ok(token.length > 100);
  const decisions = (await entriesOf(fixture)).slice(before).filter(isDecision);
  const dropped = decisions.filter(({ grounds }) => grounds.evidenceKept === false);
  assert.ok(dropped.length > 0 && dropped.length < decisions.length, `${dropped.length} of ${decisions.length}`);
  await using storage = await Storage.open(fixture.config.database, { logger: silentLogger() });
  const kept = new Set((await storage.db.selectFrom("blobs").select("sha256").execute()).map(({ sha256 }) => sha256));
  for (const { grounds, verdict } of decisions) {
    assert.equal(kept.has(grounds.evidence ?? ""), grounds.evidenceKept !== false);
    if (verdict === "accepted") assert.equal(grounds.evidenceKept, undefined);
  }
});
