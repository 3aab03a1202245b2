// The head of the audit log: how far it has come, under a key that the database does not hold, and the state that its last entry is of.
import { isRecord } from "../is-record.ts";
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";
import { AuditError } from "./audit-error.ts";
import { genesis, hashEntry, link } from "./chain.ts";

export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

/** A head whose last entry was looked at. */
export interface StatedHead extends Head {
  /** The digest of what is decided upon; null: the log is empty, or from before entries had one. */
  readonly state: string | null;
}

/** In one statement, between whose parts nobody appends. Throws `AuditError` `head-forged`, `cut-off`, `changed`. */
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
    throw new AuditError("head-forged", {});
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

export async function writeHead(change: Change, vault: Vault, { sequence, hash }: Head): Promise<void> {
  const row = { id: 1, sequence, hash, mac: macOf(vault, { sequence, hash }) };
  await change
    .insertInto("audit_head")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

function macOf(vault: Vault, { sequence, hash }: Head): string {
  return vault.mac(`sealserve/audit-head/v1\0${sequence}\0${hash}`);
}
