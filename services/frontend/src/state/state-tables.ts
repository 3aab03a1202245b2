// The table of the desired state: one row, replaced as a whole, so that nobody ever reads half a change.
import type { Migrations } from "@sealserve/database";
import { type Kysely, sql } from "kysely";

export interface StateTables {
  /** `models` and `workflows` are JSON: a desired model, or workflow, by name. */
  readonly desired_state: { id: number; epoch: string; revision: number; models: string; workflows: string };
}

/** Any number that only desired states use as PostgreSQL's lock. */
export const stateLock = 7_332_501_847;

export const stateMigrations: Migrations = () => ({
  "001-begin": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("desired_state")
        .addColumn("id", "integer", (column) => column.primaryKey().check(sql`id = 1`))
        .addColumn("epoch", "text", (column) => column.notNull())
        .addColumn("revision", "integer", (column) => column.notNull())
        .addColumn("models", "text", (column) => column.notNull())
        .execute();
    },
  },
  "002-workflows": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .alterTable("desired_state")
        .addColumn("workflows", "text", (column) => column.notNull().defaultTo("{}"))
        .execute();
    },
  },
});
