// Pruning: the rest is one chain, nothing from the time on can go with it, and contents that nothing speaks of any more go too.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { silentLogger } from "@sealserve/server";
import { brokerKey } from "../keys/broker-keys.ts";
import { Vault } from "../root-key/vault.ts";
import { beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import { Storage } from "../storage/storage.ts";
import { AuditLog } from "./audit-log.ts";
import { AuditReader } from "./audit-reader.ts";
import { contentOf } from "./content.ts";
import { AuditPruning } from "./pruning.ts";
import { ChainVerifier, type SeenCheckpoint } from "./verify-chain.ts";
import { noWitness } from "./witness.ts";

const day = (number: number) => Date.UTC(2030, 0, number);
const at = (number: number) => new Date(day(number)).toISOString();

/** An entry a day from the second on; the first day's is that of the state. */
async function setUp(days: number) {
  let now = day(1);
  const epoch = () => now;
  const storage = await Storage.open(":memory:", { logger: silentLogger() });
  const vault = new Vault(Buffer.alloc(32, 1), { randomness: randomBytes });
  const open = async (witness = noWitness) => {
    const audit = new AuditLog({ vault, epoch, witness, state: new BrokerState() });
    await audit.open(storage, (change) => beginState(change, { vault }));
    return audit;
  };
  const audit = await open();
  const key = await brokerKey("audit", { algorithm: "Ed25519" }, { storage, vault });
  const reader = new AuditReader({ storage, audit, key, epoch });
  const pruning = new AuditPruning({ storage, vault, audit, key, epoch });
  for (let each = 2; each <= days; each++) {
    now = day(each);
    const content = contentOf(`content ${each % 5}`);
    const deed = {
      kind: "administration",
      tenant: "acme",
      actor: "me",
      act: "policy-set",
      subject: `${each}`,
    } as const;
    const append = async (change: Parameters<typeof audit.append>[0]) =>
      audit.append(change, { ...deed, content: await audit.keep(change, content) });
    await audit.appended(await storage.exclusively(append));
  }
  const verify = async (seen: SeenCheckpoint | null = null) => {
    const verifier = new ChainVerifier(seen, await pruning.pruned());
    const from = verifier.sequence + 1;
    for (const row of await reader.read({ from, limit: 1000, tenants: null })) verifier.take(row);
    const checkpoint = await reader.checkpoint();
    verifier.finish(checkpoint);
    return checkpoint;
  };
  const subjects = async () =>
    (await reader.read({ from: 1, limit: 1000, tenants: null })).map(({ entry }) => JSON.parse(entry ?? "{}").subject);
  return { storage, vault, pruning, verify, subjects, open };
}

test("what is left after pruning is whole, also to one who saw the log before, and can be pruned again", async () => {
  const { storage, pruning, verify, subjects, open } = await setUp(10);
  const seen = await verify();
  const document = await pruning.prune("me", at(5));
  assert.deepEqual([document.through, document.before], [4, at(5)]);
  assert.deepEqual((await subjects()).slice(0, 6), ["5", "6", "7", "8", "9", "10"]);
  assert.equal((await verify(seen)).sequence, 11);
  const texts = await storage.db.selectFrom("blobs").select("content").execute();
  assert.equal(texts.length, 5, "the contents of the third and fourth are those of later ones too");
  await pruning.prune("me", at(9));
  assert.deepEqual((await subjects()).slice(0, 2), ["9", "10"]);
  const left = (await storage.db.selectFrom("blobs").select("content").execute()).map((row) => String(row.content));
  assert.deepEqual(left.map((bytes) => Buffer.from(bytes.split(",").map(Number)).toString()).sort(), [
    "content 0",
    "content 4",
  ]);
  assert.equal((await verify(seen)).sequence, 12);
  await (await open()).current(storage);
});

test("nothing of the time itself or later goes, the last two entries stay, and there is nothing to do twice", async () => {
  const { pruning, subjects } = await setUp(6);
  await assert.rejects(pruning.prune("me", at(1)), { code: "conflict" });
  await assert.rejects(pruning.prune("me", at(7)), { code: "malformed-request" });
  await assert.rejects(pruning.prune("me", "yesterday"), { code: "malformed-request" });
  await pruning.prune("me", at(6));
  assert.deepEqual((await subjects()).slice(0, 2), ["5", "6"]);
  await assert.rejects(pruning.prune("me", at(5)), { code: "conflict" });
});

test("times that were edited in the database, to have later entries go too, remove nothing", async () => {
  const { storage, pruning } = await setUp(8);
  const row = await storage.db.selectFrom("audit").select("entry").where("sequence", "=", 6).executeTakeFirstOrThrow();
  await storage.db
    .updateTable("audit")
    .set({ entry: row.entry.replace(at(6), at(2)) })
    .where("sequence", "=", 6)
    .execute();
  await assert.rejects(pruning.prune("me", at(5)), { code: "changed", facts: { sequence: 6 } });
  const { count } = await storage.db
    .selectFrom("audit")
    .select((select) => select.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  assert.equal(count, 8);
});

test("whoever removes more by hand is found out, whatever stands in the checkpoint's place", async () => {
  const { storage, pruning, verify } = await setUp(8);
  const document = await pruning.prune("me", at(4));
  await storage.db.deleteFrom("audit").where("sequence", "<=", 5).execute();
  await assert.rejects(verify(), { code: "gap", facts: { expected: 4, found: 6 } });
  const rows = await storage.db.selectFrom("audit").select("hash").where("sequence", "=", 6).execute();
  const forged = { ...document, through: 6, hash: rows[0]?.hash ?? "" };
  assert.throws(() => new ChainVerifier(null, forged), { code: "head-forged" });
  await storage.db
    .updateTable("audit_pruned")
    .set({ document: JSON.stringify(forged) })
    .execute();
  await assert.rejects(pruning.pruned(), { name: "VaultError" });
});

test("a broker that was stopped while another pruned goes on; one whose witness saw another log does not", async () => {
  const { storage, pruning, open } = await setUp(8);
  const hashOf = async (sequence: number) =>
    (await storage.db.selectFrom("audit").select("hash").where("sequence", "=", sequence).executeTakeFirstOrThrow())
      .hash;
  const [third, fourth] = [await hashOf(3), await hashOf(4)];
  await pruning.prune("me", at(5));
  const seen = (sequence: number, hash: string) => ({ ...noWitness, read: async () => ({ sequence, hash }) });
  for (const witness of [seen(3, third), seen(4, fourth)]) await open(witness);
  await assert.rejects(open(seen(4, third)), { code: "forked" });
  await storage.db.deleteFrom("audit_pruned").execute();
  await assert.rejects(open(seen(3, third)), { code: "forked" });
});
