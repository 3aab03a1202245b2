// The tables, in the steps in which they came to be; both databases take the same.
import type { ColumnTypes } from "@sealserve/database";
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** By name; run in that order, each once. A step that has been released is never changed. */
export function migrations({ bytes }: ColumnTypes): Readonly<Record<string, Migration>> {
  return {
    "001-begin": {
      async up(db: Kysely<unknown>): Promise<void> {
        await createOwn(db, bytes);
        await createTenants(db, bytes);
        await createAudit(db, bytes);
      },
    },
    "002-evaluation-numbers": {
      async up(db: Kysely<unknown>): Promise<void> {
        await db.schema
          .createTable("evaluation_numbers")
          .addColumn("platform", "text", (column) => column.primaryKey())
          .addColumn("highest", "integer", (column) => column.notNull())
          .execute();
      },
    },
    "003-state": {
      async up(db: Kysely<unknown>): Promise<void> {
        await addState(db);
      },
    },
    "004-terms": {
      async up(db: Kysely<unknown>): Promise<void> {
        await addTerms(db);
      },
    },
    "005-used-tokens": {
      async up(db: Kysely<unknown>): Promise<void> {
        await db.schema
          .createTable("used_tokens")
          .addColumn("token", "text", (column) => column.primaryKey())
          .addColumn("administrator_key", "text", (column) => column.notNull())
          .addColumn("until", "bigint", (column) => column.notNull())
          .execute();
      },
    },
  };
}

/** What binds every row that is decided upon to the audit log, and what is left of a log that was pruned. */
async function addState(db: Kysely<unknown>): Promise<void> {
  for (const table of ["keys", "policies", "reference_values", "resources"]) {
    await db.schema
      .alterTable(table)
      .addColumn("stamp", "text", (column) => column.notNull().defaultTo(""))
      .execute();
  }
  await db.schema
    .alterTable("tenants")
    .addColumn("leaf", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await db.schema
    .createTable("audit_pruned")
    .addColumn("id", "integer", (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn("document", "text", (column) => column.notNull())
    .execute();
  // They did not tell roots apart: a simulated one's would bar Intel's own collateral.
  await sql`delete from evaluation_numbers`.execute(db);
}

/** From when and until when the broker's own keys hold, and when collateral that was seen was signed. */
async function addTerms(db: Kysely<unknown>): Promise<void> {
  for (const column of ["signs_from", "trusted_until"]) {
    await db.schema
      .alterTable("broker_keys")
      .addColumn(column, "text", (text) => text.notNull().defaultTo(""))
      .execute();
  }
  await db.schema
    .createTable("signed_times")
    .addColumn("root", "text", (column) => column.primaryKey())
    .addColumn("latest", "text", (column) => column.notNull())
    .execute();
}

async function createOwn(db: Kysely<unknown>, bytes: ColumnDataType): Promise<void> {
  await db.schema
    .createTable("root")
    .addColumn("id", "integer", (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn("epoch", "integer", (column) => column.notNull())
    .addColumn("salt", "text", (column) => column.notNull())
    .addColumn("proof", bytes, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("broker_keys")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .addColumn("public", "text", (column) => column.notNull())
    .execute();
}

async function createTenants(db: Kysely<unknown>, bytes: ColumnDataType): Promise<void> {
  await db.schema
    .createTable("tenants")
    .addColumn("tenant", "text", (column) => column.primaryKey())
    .addColumn("created", "text", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .execute();
  const ofTenant = (table: string) =>
    db.schema.createTable(table).addColumn("tenant", "text", (column) => column.notNull().references("tenants.tenant"));
  await ofTenant("keys")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("generation", "integer", (column) => column.notNull())
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .addColumn("enabled", "integer", (column) => column.notNull())
    .addColumn("created", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("keys_id", ["tenant", "name", "generation"])
    .execute();
  await ofTenant("policies")
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .addColumn("releases", "integer", (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("policies_id", ["tenant", "model"])
    .execute();
  await ofTenant("reference_values")
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("reference_values_id", ["tenant", "model", "name"])
    .execute();
  await ofTenant("resources")
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint("resources_id", ["tenant", "model", "tag"])
    .execute();
}

async function createAudit(db: Kysely<unknown>, bytes: ColumnDataType): Promise<void> {
  await db.schema
    .createTable("blobs")
    .addColumn("sha256", "text", (column) => column.primaryKey())
    .addColumn("content", bytes, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("attestations")
    .addColumn("token_hash", "text", (column) => column.primaryKey())
    .addColumn("tenant", "text", (column) => column.notNull())
    .addColumn("tee_public_key", "text", (column) => column.notNull())
    .addColumn("csr_key", "text")
    .addColumn("report_data", "text", (column) => column.notNull())
    .addColumn("evidence", "text", (column) => column.notNull().references("blobs.sha256"))
    .addColumn("collateral", "text", (column) => column.notNull().references("blobs.sha256"))
    .addColumn("expires", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("attestations_expires").on("attestations").column("expires").execute();
  await db.schema
    .createTable("audit")
    .addColumn("sequence", "integer", (column) => column.primaryKey())
    .addColumn("tenant", "text")
    .addColumn("entry", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("audit_head")
    .addColumn("id", "integer", (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("mac", "text", (column) => column.notNull())
    .execute();
}
