// The audit log: whole logs pass, and every way of tampering is told by its code (security cases E11, E12).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "@sealserve/server";
import { brokerKey } from "../keys/broker-keys.ts";
import { Vault } from "../root-key/vault.ts";
import { beginState } from "../state/begin-state.ts";
import { BrokerState } from "../state/broker-state.ts";
import type { Change } from "../storage/schema.ts";
import { Storage } from "../storage/storage.ts";
import { AuditLog } from "./audit-log.ts";
import { AuditReader } from "./audit-reader.ts";
import { ChainVerifier, type SeenCheckpoint } from "./verify-chain.ts";
import { type AuditWitness, FileWitness, noWitness } from "./witness.ts";

const epoch = () => Date.UTC(2030, 0, 1);

async function setUp(count: number, witness: AuditWitness = noWitness) {
  const storage = await Storage.open(":memory:", { logger: silentLogger() });
  const vault = new Vault(Buffer.alloc(32, 1), { randomness: randomBytes });
  const parts = { vault, epoch, witness };
  const audit = new AuditLog({ ...parts, state: new BrokerState() });
  const begin = (change: Change) => beginState(change, { vault });
  await audit.open(storage, begin);
  const key = await brokerKey("audit", { algorithm: "Ed25519" }, { storage, vault });
  const reader = new AuditReader({ storage, audit, key, epoch });
  const append = async (subject: string, tenant = "acme"): Promise<void> => {
    const deed = { kind: "administration", tenant, actor: "me", act: "policy-set", subject, content: null } as const;
    await audit.appended(await storage.exclusively((change) => audit.append(change, deed)));
  };
  // The first entry is that of the state.
  for (let i = 2; i <= count; i++) await append(`deed ${i}`);
  const verify = async (seen: SeenCheckpoint | null = null, tenants: readonly string[] | null = null) => {
    const verifier = new ChainVerifier(seen);
    for (const row of await reader.read({ from: 1, limit: 1000, tenants })) verifier.take(row);
    const checkpoint = await reader.checkpoint();
    verifier.finish(checkpoint);
    return checkpoint;
  };
  const reopened = () => new AuditLog({ ...parts, state: new BrokerState() }).open(storage, begin);
  return { storage, vault, begin, audit, reader, append, verify, reopened };
}

type Log = Awaited<ReturnType<typeof setUp>>;

test("a whole log is one chain, also for an auditor who reads only some of it", async () => {
  const log = await setUp(5);
  await log.append("of another", "other");
  const { sequence } = await log.verify();
  assert.equal(sequence, 6);
  await log.verify(null, ["acme"]);
  const rows = await log.reader.read({ from: 5, limit: 2, tenants: ["acme"] });
  assert.deepEqual(
    rows.map(({ entry }) => entry !== null),
    [true, false],
  );
  await log.reopened();
});

test("a log goes on from a checkpoint that was kept", async () => {
  const log = await setUp(3);
  const seen = await log.verify();
  await log.append("later");
  assert.equal((await log.verify(seen)).sequence, 4);
});

const last = (log: Log) => log.storage.db.deleteFrom("audit").where("sequence", "=", 5).execute();
const headTo = async (log: Log, sequence: number) => {
  const row = await log.storage.db
    .selectFrom("audit")
    .selectAll()
    .where("sequence", "=", sequence)
    .executeTakeFirstOrThrow();
  await log.storage.db.updateTable("audit_head").set({ sequence, hash: row.hash }).execute();
};

const tamperings: readonly (readonly [string, (log: Log) => Promise<unknown>, string])[] = [
  ["the last entry is deleted", last, "cut-off"],
  ["the last entry is deleted and the head moved back", (log) => last(log).then(() => headTo(log, 4)), "head-forged"],
  ["the head is deleted", (log) => log.storage.db.deleteFrom("audit_head").execute(), "head-forged"],
  [
    "an entry is appended by hand",
    (log) =>
      log.storage.db
        .insertInto("audit")
        .values({ sequence: 6, tenant: null, entry: "{}", hash: "0".repeat(64) })
        .execute(),
    "cut-off",
  ],
];

for (const [what, tamper, code] of tamperings) {
  test(`noticed before the next append, at the next start and by a reader: ${what}`, async () => {
    const log = await setUp(5);
    await tamper(log);
    await assert.rejects(log.append("next"), { code });
    await assert.rejects(log.reopened(), { code });
    await assert.rejects(log.verify());
  });
}

test("an edited entry, a missing one in the middle and one that was exchanged are named", async () => {
  const edited = await setUp(5);
  const set = (sequence: number, entry: string) =>
    edited.storage.db.updateTable("audit").set({ entry }).where("sequence", "=", sequence).execute();
  await set(3, '{"edited":true}');
  await assert.rejects(edited.verify(), { code: "changed", facts: { sequence: 3 } });
  const missing = await setUp(5);
  await missing.storage.db.deleteFrom("audit").where("sequence", "=", 2).execute();
  await assert.rejects(missing.verify(), { code: "gap", facts: { expected: 2, found: 3 } });
});

test("another history is told from the one that was seen", async () => {
  const one = await setUp(3);
  const seen = await one.verify();
  const other = await setUp(2);
  await other.append("something else");
  const sameKey = { ...seen, key: (await other.reader.checkpoint()).key };
  await assert.rejects(other.verify(seen), { code: "forked" });
  await assert.rejects(other.verify(sameKey), { code: "forked" });
  const shorter = await setUp(1);
  await assert.rejects(shorter.verify({ ...seen, key: (await shorter.reader.checkpoint()).key }), {
    code: "rolled-back",
  });
});

test("a checkpoint that this broker did not sign is none", async () => {
  const log = await setUp(2);
  const checkpoint = await log.reader.checkpoint();
  for (const forged of [
    { ...checkpoint, time: "2031" },
    { ...checkpoint, signature: "AA" },
    { ...checkpoint, key: "AA==" },
  ]) {
    const verifier = new ChainVerifier(null);
    for (const row of await log.reader.read({ from: 1, limit: 10, tenants: null })) verifier.take(row);
    assert.throws(() => verifier.finish(forged), { code: "head-forged" });
  }
});

test("yesterday's database is refused by a running broker, and by a witness at the start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "witness-"));
  try {
    const log = await setUp(5, new FileWitness(join(folder, "head.json")));
    const head = await log.storage.db.selectFrom("audit_head").selectAll().executeTakeFirstOrThrow();
    await log.append("today");
    // As a backup of five entries has it: every row of it genuine.
    await log.storage.db.deleteFrom("audit").where("sequence", ">", 5).execute();
    await log.storage.db.updateTable("audit_head").set(head).execute();
    await assert.rejects(log.append("next"), { code: "rolled-back", facts: { expected: 6, found: 5 } });
    await assert.rejects(log.reopened(), { code: "rolled-back" });
    const { storage, vault, begin } = log;
    await new AuditLog({ vault, epoch, witness: noWitness, state: new BrokerState() }).open(storage, begin);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a witness that cannot be read is not taken for none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "witness-"));
  try {
    const witness = new FileWitness(join(folder, "head.json"));
    assert.equal((await witness.read()).sequence, 0);
    await Promise.all([1, 3, 2].map((sequence) => witness.write({ sequence, hash: "h" })));
    assert.equal((await witness.read()).sequence, 3);
    await assert.rejects(new FileWitness(folder).read());
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an entry waits for the witness, also where a later one was told first, and fails where that failed", async () => {
  for (const outcome of ["written", "failed"] as const) {
    const disk = Promise.withResolvers<void>();
    const write = ({ sequence }: { readonly sequence: number }) => (sequence > 1 ? disk.promise : Promise.resolve());
    const { audit } = await setUp(0, { ...noWitness, write });
    const settled: string[] = [];
    const told = (sequence: number) =>
      audit.appended({ sequence, hash: "h" }).then(
        () => settled.push("written"),
        () => settled.push("failed"),
      );
    const both = [told(3), told(2)];
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(settled, []);
    if (outcome === "written") disk.resolve();
    else disk.reject(new Error("no room"));
    await Promise.all(both);
    assert.deepEqual(settled, [outcome, outcome]);
  }
});
