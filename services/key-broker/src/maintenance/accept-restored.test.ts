// A restored back-up and documents from older versions: refused until an operator says that they are meant.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { genesis, hashEntry, link } from "../audit/chain.ts";
import { writeHead } from "../audit/head.ts";
import { startKeyBroker } from "../key-broker.ts";
import { Vault } from "../root-key/vault.ts";
import { Storage } from "../storage/storage.ts";
import { type BrokerFixture, model, startFixture, tenant } from "../testing/broker-fixture.ts";
import { acceptRestored, adoptUnvouched } from "./accept-restored.ts";

const parts = { logger: silentLogger(), epoch: () => Date.now(), randomness: randomBytes };

const startAgain = ({ config, intel }: BrokerFixture) =>
  startKeyBroker(config, {
    ...{ clock: systemClock(), logger: silentLogger() },
    ...{ anchors: [intel.anchor], collateral: intel.source },
  });

test("an older database starts again once an operator has accepted it, and the log says so", async () => {
  await using fixture = await startFixture();
  const { broker, config, folder } = fixture;
  using database = new DatabaseSync(config.database);
  database.exec(`vacuum into '${join(folder, "back-up")}'`);
  await broker.administration.enableKey("test", tenant, "model-key", null, false);
  await broker[Symbol.asyncDispose]();
  database.close();
  await copyFile(join(folder, "back-up"), config.database);
  await assert.rejects(startAgain(fixture), { code: "rolled-back" });
  assert.deepEqual(
    (await acceptRestored(config, null, parts)).map(({ code }) => code),
    ["rolled-back"],
  );
  await assert.rejects(startAgain(fixture), { code: "rolled-back" });
  await acceptRestored(config, "operator me", parts);
  assert.deepEqual(await acceptRestored(config, null, parts), []);
  await using again = await startAgain(fixture);
  assert.ok(again);
  using restored = new DatabaseSync(config.database);
  const last = restored.prepare("select entry from audit order by sequence desc limit 1").get();
  assert.match(String(last?.["entry"]), /"act":"restore-accepted","actor":"operator me"/);
});

test("a row that was put back is told, and accepted only when that is said", async () => {
  await using fixture = await startFixture();
  const { broker, config } = fixture;
  await broker[Symbol.asyncDispose]();
  using database = new DatabaseSync(config.database);
  database.exec("update keys set enabled = 0");
  await using running = await startAgain(fixture);
  await assert.rejects(running.administration.rotateKey("test", tenant, "model-key", "x25519"), {
    code: "state-changed",
    facts: { where: "tenant 'acme'" },
  });
  await running[Symbol.asyncDispose]();
  const [finding] = await acceptRestored(config, null, parts);
  assert.equal(finding?.code, "state-changed");
  await acceptRestored(config, "operator me", parts);
  await using again = await startAgain(fixture);
  await again.administration.rotateKey("test", tenant, "model-key", "x25519");
});

test("a database from before documents were vouched for is refused, and adopted as it is when that is said", async () => {
  await using fixture = await startFixture();
  const { broker, config } = fixture;
  await broker[Symbol.asyncDispose]();
  using database = new DatabaseSync(config.database);
  // As such a version left it: bare documents, no stamps, and a log whose entries have no state.
  database.exec("update policies set document = substr(document, 66), stamp = ''");
  database.exec("update reference_values set document = substr(document, 66), stamp = ''");
  database.exec("delete from audit; delete from audit_head; update tenants set leaf = ''");
  const old = { ...fixture, config: { ...config, auditWitness: join(fixture.folder, "new-witness.json") } };
  await assert.rejects(startAgain(old), { code: "head-forged" }, "a log that was deleted is no reason to begin anew");
  await writeOldLog(config.database);
  await assert.rejects(startAgain(old), { code: "documents-unvouched" });
  const adopted = await adoptUnvouched(old.config, "operator me", parts);
  assert.deepEqual(adopted, [`policies/${tenant}/${model}`, `reference_values/${tenant}/${model}/release-1`]);
  // Its key is sealed with a stamp that this version made, so only the documents are old.
  await using again = await startAgain(old);
  await again.administration.removePolicy("test", tenant, model);
});

async function writeOldLog(file: string): Promise<void> {
  await using storage = await Storage.open(file, { logger: silentLogger() });
  using vault = new Vault(Buffer.alloc(32, 7), { randomness: randomBytes });
  await storage.exclusively(async (change) => {
    const entry = '{"act":"tenant-created","kind":"administration","sequence":1}';
    const hash = link(genesis, 1, hashEntry(entry));
    await change.insertInto("audit").values({ sequence: 1, tenant, entry, hash }).execute();
    await writeHead(change, vault, { sequence: 1, hash });
  });
}

test("documents that nobody vouches for are adopted, each named", async () => {
  await using fixture = await startFixture();
  const { broker, config } = fixture;
  await broker[Symbol.asyncDispose]();
  using database = new DatabaseSync(config.database);
  database.exec("update policies set document = substr(document, 66)");
  const adopted = await adoptUnvouched(config, "operator me", parts);
  assert.deepEqual(adopted, [`policies/${tenant}/${model}`]);
  await using again = await startAgain(fixture);
  await again.administration.removePolicy("test", tenant, model);
});
