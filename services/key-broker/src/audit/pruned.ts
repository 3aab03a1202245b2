// What stands for entries that were removed from the audit log: how far they went, and the link that the rest hangs on.
import { utf8 } from "@sealserve/primitives";
import { canonicalJson, type PrunedDocument } from "@sealserve/protocols/key-broker";
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";

const place = ["audit_pruned", 1];

/** Null: nothing was removed. Throws `VaultError` where it is not as this broker wrote it. */
export async function readPruned(db: Database, vault: Vault): Promise<PrunedDocument | null> {
  const row = await db.selectFrom("audit_pruned").select("document").executeTakeFirst();
  return row ? (JSON.parse(vault.vouched(row.document, place)) as PrunedDocument) : null;
}

export async function writePruned(change: Change, vault: Vault, document: PrunedDocument): Promise<void> {
  const row = { id: 1, document: vault.vouch(canonicalJson(document), place) };
  await change
    .insertInto("audit_pruned")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

/** What the signature of the document covers. */
export function prunedBytes({
  through,
  hash,
  before,
  time,
}: Omit<PrunedDocument, "signature" | "key">): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson({ format: "sealserve/audit-pruned/v1", through, hash, before, time }));
}
