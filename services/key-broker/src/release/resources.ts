// Secrets of tenants other than keys of files, by model and tag, sealed in the database; every query takes the tenant.
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";

export class Resources {
  readonly #vault: Vault;

  constructor({ vault }: { readonly vault: Vault }) {
    this.#vault = vault;
  }

  /** The content, to be wiped by the caller; null where there is none. */
  async read(db: Database, tenant: string, model: string, tag: string): Promise<Uint8Array | null> {
    const row = await db
      .selectFrom("resources")
      .select("sealed")
      .where("tenant", "=", tenant)
      .where("model", "=", model)
      .where("tag", "=", tag)
      .executeTakeFirst();
    return row ? this.#vault.open(row.sealed, ["resources", tenant, model, tag]) : null;
  }

  async set(change: Change, tenant: string, model: string, tag: string, content: Uint8Array): Promise<void> {
    const sealed = this.#vault.seal(content, ["resources", tenant, model, tag]);
    const row = { tenant, model, tag, sealed };
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
