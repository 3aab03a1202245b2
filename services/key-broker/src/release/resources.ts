// Secrets of tenants other than keys of files, by model and tag, sealed in the database; every query takes the tenant.
import type { Place, Vault } from "../root-key/vault.ts";
import { stampedPlace } from "../state/stamps.ts";
import type { StampedResource } from "../state/tenant-state.ts";
import type { Change, Database } from "../storage/schema.ts";

export class Resources {
  readonly #vault: Vault;

  constructor({ vault }: { readonly vault: Vault }) {
    this.#vault = vault;
  }

  /** The content, to be wiped by the caller; null where there is none that `known` has. */
  async read(
    db: Database,
    tenant: string,
    { model, tag, known }: { readonly model: string; readonly tag: string; readonly known: readonly StampedResource[] },
  ): Promise<Uint8Array | null> {
    const row = await db
      .selectFrom("resources")
      .select(["sealed", "stamp"])
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .where("tag", "=", tag)
      .executeTakeFirst();
    const same = (resource: StampedResource) =>
      resource.model === model && resource.tag === tag && resource.stamp === row?.stamp;
    return row && known.some(same) ? this.#vault.open(row.sealed, placeOf(tenant, model, tag, row.stamp)) : null;
  }

  async set(change: Change, tenant: string, model: string, tag: string, content: Uint8Array): Promise<void> {
    const stamp = this.#vault.stamp();
    const sealed = this.#vault.seal(content, placeOf(tenant, model, tag, stamp));
    const row = { tenant, model, tag, sealed, stamp };
    await change
      .insertInto("resources")
      .values(row)
      .onConflict((conflict) => conflict.columns(["tenant", "model", "tag"]).doUpdateSet(row))
      .execute();
  }

  async remove(change: Change, tenant: string, model: string, tag: string): Promise<boolean> {
    const { numDeletedRows } = await change
      .deleteFrom("resources")
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .where("tag", "=", tag)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  async tags(db: Database, tenant: string, model: string): Promise<readonly string[]> {
    const rows = await db
      .selectFrom("resources")
      .select("tag")
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .orderBy("tag")
      .execute();
    return rows.map(({ tag }) => tag);
  }
}

function placeOf(tenant: string, model: string, tag: string, stamp: string): Place {
  return stampedPlace(["resources", tenant, model, tag], stamp);
}
