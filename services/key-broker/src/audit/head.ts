// The head of the audit log: how far it has come, under a key that the database does not hold, and the state that its last entry is of.
import { canonicalJson } from "@sealserve/protocols/key-broker";
import { isRecord } from "../is-record.ts";
import { isProved } from "../root-key/root-proof.ts";
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";
import { AuditError } from "./audit-error.ts";
import { genesis, hashEntry, link } from "./chain.ts";
import type { NewEntry } from "./entry.ts";
import { readPruned } from "./pruned.ts";

export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

/** A head whose last entry was looked at. */
export interface StatedHead extends Head {
  /** The digest of what is decided upon; null: the log is empty, or from before entries had one. */
  readonly state: string | null;
}

/** In one statement, between whose parts nobody appends. Throws `AuditError` `head-forged`, `root-key-changed`, `cut-off`, `changed`. */
export async function readHead(db: Database, vault: Vault): Promise<StatedHead> {
  const found = await db
    .selectNoFrom((select) => [
      select.selectFrom("audit_head").select("sequence").as("sequence"),
      select.selectFrom("audit_head").select("hash").as("hash"),
      select.selectFrom("audit_head").select("mac").as("mac"),
      select.selectFrom("audit").select("sequence").orderBy("sequence", "desc").limit(1).as("last"),
      select.selectFrom("audit").select("hash").orderBy("sequence", "desc").limit(1).as("lastHash"),
      select.selectFrom("audit").select("entry").orderBy("sequence", "desc").limit(1).as("entry"),
      select.selectFrom("audit").select("hash").orderBy("sequence", "desc").limit(1).offset(1).as("previous"),
      select.selectFrom("tenants").select("tenant").limit(1).as("tenant"),
    ])
    .executeTakeFirstOrThrow();
  const { sequence, hash, mac, last, lastHash, entry, previous, tenant } = found;
  // Tenants are made with an entry: where there is one, there was a log.
  if (sequence === null && last === null && tenant === null) return { sequence: 0, hash: genesis, state: null };
  if (sequence === null || hash === null || mac !== macOf(vault, { sequence, hash })) {
    throw new AuditError((await isOfThisKey(db, vault)) ? "head-forged" : "root-key-changed", {});
  }
  if (last !== sequence || lastHash !== hash || entry === null) {
    throw new AuditError("cut-off", { expected: sequence, found: last ?? 0 });
  }
  // The hash is the broker's own, so what leads to it is too.
  if (link(previous ?? genesis, sequence, hashEntry(entry)) !== hash) throw new AuditError("changed", { sequence });
  const read: unknown = JSON.parse(entry);
  const state = isRecord(read) ? read["state"] : null;
  return { sequence, hash, state: typeof state === "string" ? state : null };
}

async function isOfThisKey(db: Database, vault: Vault): Promise<boolean> {
  const root = await db.selectFrom("root").select("proof").executeTakeFirst();
  return root === undefined || isProved(vault, root.proof);
}

/** Signs `head` with the vault's key. */
export async function writeHead(change: Change, vault: Vault, { sequence, hash }: Head): Promise<void> {
  const row = { id: 1, sequence, hash, mac: macOf(vault, { sequence, hash }) };
  await change
    .insertInto("audit_head")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

/** Throws `AuditError` unless the log goes through `seen`: an older copy, or one that has gone another way since, does not. */
export async function checkReaches(db: Database, vault: Vault, head: Head, seen: Head): Promise<void> {
  if (head.sequence === seen.sequence && head.hash === seen.hash) return;
  if (head.sequence < seen.sequence) {
    throw new AuditError("rolled-back", { expected: seen.sequence, found: head.sequence });
  }
  if (seen.sequence === 0) return;
  const there = await db.selectFrom("audit").select("hash").where("sequence", "=", seen.sequence).executeTakeFirst();
  if (there?.hash === seen.hash) return;
  // This broker was not there while the log was pruned: the root key vouches for what is gone.
  const pruned = there ? null : await readPruned(db, vault);
  if (pruned && (seen.sequence < pruned.through || seen.hash === pruned.hash)) return;
  throw new AuditError("forked", { sequence: seen.sequence });
}

export interface AppendParts {
  readonly change: Change;
  readonly vault: Vault;
  readonly epoch: () => number;
}

/** The entry after `head`, with the digest of what is decided upon from now on. */
export async function appendAfter(
  head: Head,
  { entry, state }: { readonly entry: NewEntry; readonly state: string },
  { change, vault, epoch }: AppendParts,
): Promise<Head> {
  const sequence = head.sequence + 1;
  const text = canonicalJson({ ...entry, sequence, state, time: new Date(epoch()).toISOString() });
  const next = { sequence, hash: link(head.hash, sequence, hashEntry(text)) };
  await change.insertInto("audit").values({ sequence, tenant: entry.tenant, entry: text, hash: next.hash }).execute();
  await writeHead(change, vault, next);
  return next;
}

function macOf(vault: Vault, { sequence, hash }: Head): string {
  return vault.mac(`sealserve/audit-head/v1\0${sequence}\0${hash}`);
}
