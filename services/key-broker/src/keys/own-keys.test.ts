// Successors of the broker's own keys: both are trusted for a while, then the old one is gone, and no copy of the database brings it back.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { connectKeyBroker } from "@sealserve/client";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey } from "@sealserve/session";
import { startKeyBroker } from "../key-broker.ts";
import { type BrokerFixture, model, stanzasFor, startFixture, tenant } from "../testing/broker-fixture.ts";
import { type Answer, attested, request } from "../testing/raw-attestation.ts";

const fileKey = new Uint8Array(16).fill(3);
const never = new AbortController().signal;

/** A clock that can be set forth. */
function movable() {
  let ahead = 0;
  return {
    clock: { ...systemClock(), epoch: () => Date.now() + ahead },
    later: (time: number): void => {
      ahead += time;
    },
  };
}

async function rotate(
  { broker, adminToken }: BrokerFixture,
  purpose: string,
  overlap: number | null = null,
  headers: Readonly<Record<string, string>> | null = null,
): Promise<Answer> {
  const proof = headers ?? { authorization: `Bearer ${await adminToken()}` };
  return request(broker.urls.admin, `/admin/v1/own-keys/${purpose}/rotate`, { body: { overlap }, headers: proof });
}

/** The root that has issued a new certificate, and all that are told with it. */
async function certified(fixture: BrokerFixture) {
  const { certificate, roots } = await (await fixture.session()).certificate("backend", never);
  const all = roots.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const leaf = new X509Certificate(certificate);
  return { issuer: all.find((root) => leaf.verify(new X509Certificate(root).publicKey)), roots: all };
}

function acts({ config }: BrokerFixture): readonly string[] {
  using database = new DatabaseSync(config.database);
  const rows = database.prepare("select entry from audit order by sequence").all();
  return rows.map(({ entry }) => JSON.parse(String(entry)).act);
}

const startAgain = ({ config, intel }: BrokerFixture, clock = systemClock()) =>
  startKeyBroker(config, { clock, logger: silentLogger(), anchors: [intel.anchor], collateral: intel.source });

test("a successor of the mesh's root is announced, then signs, then stands alone, also across a restart", async () => {
  const { clock, later } = movable();
  await using fixture = await startFixture({ parts: { clock } });
  const first = await certified(fixture);
  assert.equal(first.roots.length, 1);
  const [old] = first.roots;
  assert.equal((await rotate(fixture, "mesh", 4000)).status, 200);
  assert.equal((await rotate(fixture, "mesh", 4000)).status, 409, "one successor at a time");
  const announced = await certified(fixture);
  assert.deepEqual([announced.issuer, announced.roots[0], announced.roots.length], [old, old, 2]);
  later(4000_000);
  const overlapping = await certified(fixture);
  assert.deepEqual(overlapping.roots, announced.roots);
  assert.notEqual(overlapping.issuer, old);
  later(4000_000);
  const alone = await certified(fixture);
  assert.deepEqual([alone.issuer, alone.roots], [overlapping.issuer, [overlapping.issuer]]);
  assert.ok(acts(fixture).includes("mesh-key-rotated"));
  assert.ok(acts(fixture).includes("own-keys-dropped"));
  using database = new DatabaseSync(fixture.config.database);
  assert.deepEqual(
    database
      .prepare("select name from broker_keys order by name")
      .all()
      .map(({ name }) => name),
    ["audit", "ear", "mesh/2"],
  );
  await using again = await startAgain(fixture, clock);
  assert.equal(again.meshRoots.trim(), alone.issuer?.trim());
});

test("another broker on the database goes along without a restart", async () => {
  const { clock, later } = movable();
  await using fixture = await startFixture({ parts: { clock } });
  await using other = await startAgain(fixture, clock);
  const there = { ...fixture, broker: other, service: connectKeyBroker(new URL(other.urls.broker ?? ""), { fetch }) };
  await rotate(fixture, "mesh", 4000);
  await rotate(fixture, "ear");
  const { token } = await attested(fixture);
  const stanzas = await stanzasFor(fixture.recipient, fileKey);
  assert.ok(await there.service.unwrap({ token, tenant, model, stanzas }, never), "a token by the new key");
  later(9000_000);
  await attested(there);
  assert.deepEqual(other.meshRoots.match(/BEGIN/g)?.length, 1);
  await attested(fixture);
  assert.equal(other.meshRoots, fixture.broker.meshRoots);
});

test("tokens by the old key hold for the overlap, and with none not at all", async () => {
  await using fixture = await startFixture();
  const stanzas = await stanzasFor(fixture.recipient, fileKey);
  const unwrap = (token: string) => fixture.service.unwrap({ token, tenant, model, stanzas }, never);
  const { token } = await attested(fixture);
  assert.equal((await rotate(fixture, "ear")).status, 200);
  assert.ok(await unwrap(token));
  const { token: next } = await attested(fixture);
  const { body } = await rotate(fixture, "ear", 0);
  assert.deepEqual(
    Object.values(body ?? {}).map((key) => Object(key).name),
    ["ear/3"],
  );
  for (const old of [token, next]) await assert.rejects(unwrap(old), { code: "token-refused" });
  assert.ok(await unwrap((await attested(fixture)).token));
});

test("an overlap in which certificates would still hold, a purpose that is none, and whoever may not, are refused", async () => {
  await using fixture = await startFixture();
  assert.equal((await rotate(fixture, "mesh", 3599)).status, 400);
  for (const purpose of ["audit", "root"]) assert.equal((await rotate(fixture, purpose)).status, 404);
  assert.equal((await rotate(fixture, "mesh", null, {})).status, 401);
  assert.deepEqual(acts(fixture).includes("mesh-key-rotated"), false);
});

test("a dropped root that somebody puts back into the database is noticed", async () => {
  await using fixture = await startFixture();
  using database = new DatabaseSync(fixture.config.database);
  const old = database.prepare("select * from broker_keys where name = 'mesh'").get();
  assert.equal((await rotate(fixture, "mesh", 0)).status, 200);
  assert.equal((await certified(fixture)).roots.length, 1);
  const { name = "", sealed = "", public: facts = "" } = old ?? {};
  const put = database.prepare("insert into broker_keys (name, sealed, public) values (?, ?, ?)");
  put.run(name, sealed, facts);
  await assert.rejects(startAgain(fixture), { code: "state-changed" });
  assert.equal((await certified(fixture)).roots.length, 1, "nor does a broker that runs take it up");
  // What else changes of the broker as a whole takes in nothing that stands beside it.
  assert.equal((await rotate(fixture, "ear", 0)).status, 503);
  await assert.rejects(certified(fixture), { code: "unavailable" });
  await assert.rejects(startAgain(fixture), { code: "state-changed" });
});

test("a certificate or a public key that somebody puts beside the broker's own key is not taken for it", async () => {
  await using fixture = await startFixture();
  await using stranger = await startFixture();
  const foreign = stranger.broker.meshRoots;
  await fixture.broker[Symbol.asyncDispose]();
  using database = new DatabaseSync(fixture.config.database);
  const edit = (name: string, change: (facts: Record<string, unknown>) => object) => {
    const row = database.prepare("select public from broker_keys where name = ?").get(name);
    const facts = String(row?.["public"]);
    database
      .prepare("update broker_keys set public = ? where name = ?")
      .run(JSON.stringify(change(JSON.parse(facts))), name);
    return facts;
  };
  const before = edit("mesh", (facts) => ({ ...facts, attached: foreign }));
  await assert.rejects(startAgain(fixture), { name: "VaultError" });
  edit("mesh", () => JSON.parse(before));
  const key = await createMeshKey();
  edit("ear", (facts) => ({ ...facts, spki: Buffer.from(key.spkiSha256).toString("base64") }));
  await using again = await startAgain(fixture);
  assert.ok((await attested({ ...fixture, broker: again })).token);
});
