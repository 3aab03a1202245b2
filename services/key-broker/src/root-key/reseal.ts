// Seals a whole database under another root key: each secret, and each document that the key vouches for, at its place as it was.
import { readPruned, writePruned } from "../audit/pruned.ts";
import { stampedPlace } from "../state/stamps.ts";
import type { Change } from "../storage/schema.ts";
import type { Place, Vault } from "./vault.ts";

export interface Vaults {
  readonly from: Vault;
  readonly to: Vault;
}

/** The result is how many values there were. All but the head of the audit log. Throws `VaultError` where one does not open: then nothing may be committed. */
export async function reseal(change: Change, vaults: Vaults): Promise<number> {
  const counts = [
    await resealOwnKeys(change, vaults),
    await resealKeys(change, vaults),
    await resealResources(change, vaults),
    await revouchPolicies(change, vaults),
    await revouchReferences(change, vaults),
    await revouchPruned(change, vaults),
  ];
  return counts.reduce((sum, count) => sum + count, 0);
}

async function resealOwnKeys(change: Change, vaults: Vaults): Promise<number> {
  const rows = await change.selectFrom("broker_keys").selectAll().execute();
  for (const { name, sealed } of rows) {
    await change
      .updateTable("broker_keys")
      .set({ sealed: sealedAnew(sealed, ["broker_keys", name], vaults) })
      .where("name", "=", name)
      .execute();
  }
  return rows.length;
}

async function resealKeys(change: Change, vaults: Vaults): Promise<number> {
  const rows = await change.selectFrom("keys").selectAll().execute();
  for (const { tenant, name, generation, sealed, stamp } of rows) {
    const place = stampedPlace(["keys", tenant, name, generation], stamp);
    await change
      .updateTable("keys")
      .set({ sealed: sealedAnew(sealed, place, vaults) })
      .where("tenant", "=", tenant)
      .where("name", "=", name)
      .where("generation", "=", generation)
      .execute();
  }
  return rows.length;
}

async function resealResources(change: Change, vaults: Vaults): Promise<number> {
  const rows = await change.selectFrom("resources").selectAll().execute();
  for (const { tenant, model, tag, sealed, stamp } of rows) {
    const place = stampedPlace(["resources", tenant, model, tag], stamp);
    await change
      .updateTable("resources")
      .set({ sealed: sealedAnew(sealed, place, vaults) })
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .where("tag", "=", tag)
      .execute();
  }
  return rows.length;
}

async function revouchPolicies(change: Change, vaults: Vaults): Promise<number> {
  const rows = await change.selectFrom("policies").selectAll().execute();
  for (const { tenant, model, document, stamp } of rows) {
    const place = stampedPlace(["policies", tenant, model], stamp);
    await change
      .updateTable("policies")
      .set({ document: vouchedAnew(document, place, vaults) })
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .execute();
  }
  return rows.length;
}

async function revouchReferences(change: Change, vaults: Vaults): Promise<number> {
  const rows = await change.selectFrom("reference_values").selectAll().execute();
  for (const { tenant, model, name, document, stamp } of rows) {
    const place = stampedPlace(["reference_values", tenant, model, name], stamp);
    await change
      .updateTable("reference_values")
      .set({ document: vouchedAnew(document, place, vaults) })
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .where("name", "=", name)
      .execute();
  }
  return rows.length;
}

async function revouchPruned(change: Change, { from, to }: Vaults): Promise<number> {
  const pruned = await readPruned(change, from);
  if (pruned) await writePruned(change, to, pruned);
  return pruned ? 1 : 0;
}

function sealedAnew(sealed: Uint8Array, place: Place, { from, to }: Vaults): Uint8Array {
  const secret = from.open(sealed, place);
  const again = to.seal(secret, place);
  secret.fill(0);
  return again;
}

function vouchedAnew(stored: string, place: Place, { from, to }: Vaults): string {
  return to.vouch(from.vouched(stored, place), place);
}
