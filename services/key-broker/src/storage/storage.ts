// The broker's database: SQLite in a file or PostgreSQL by URL, with the broker's tables.
import type { DatabaseSync } from "node:sqlite";
import { DatabaseError, Database as OpenDatabase, type WhenThereParts, whenThere } from "@sealserve/database";
import type { Logger } from "@sealserve/server";
import { BrokerStartError } from "../broker-start-error.ts";
import { migrations } from "./migrations.ts";
import type { Change, Database, Tables } from "./schema.ts";

const options = {
  migrations,
  /** Any number that only this broker's databases use as a lock. */
  lockNumber: 7_332_501_846,
  // Also against those who do not ask for the broker's lock: between two looks at a row it stays the same.
  lockTables: [
    "root",
    "broker_keys",
    "tenants",
    "keys",
    "policies",
    "reference_values",
    "resources",
    "evaluation_numbers",
    "signed_times",
    "audit",
    "audit_head",
  ],
};

export interface StorageParts {
  readonly logger: Logger;
  /** Given the SQLite database that was opened; for tests of what its failures do. */
  readonly onDatabase?: ((database: DatabaseSync) => void) | undefined;
  /** How a PostgreSQL that is away is waited for; left out: it ends the start. */
  readonly waiting?: Omit<WhenThereParts, "logger"> | undefined;
}

export class Storage implements AsyncDisposable {
  readonly #database: OpenDatabase<Tables>;

  private constructor(database: OpenDatabase<Tables>) {
    this.#database = database;
  }

  /**
   * `location` is `postgres://…` or the path of a SQLite file, which is made where it is missing. Brings the tables up to date. Throws
   * `BrokerStartError` `database-unusable`.
   */
  static async open(location: string, { logger, onDatabase: onSqlite, waiting }: StorageParts): Promise<Storage> {
    const open = () => OpenDatabase.open<Tables>(location, options, { logger, onSqlite });
    try {
      return new Storage(await (waiting ? whenThere(open, { ...waiting, logger }) : open()));
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      throw new BrokerStartError("database-unusable", { kind: error.facts.kind }, error.cause);
    }
  }

  /** For reading. */
  get db(): Database {
    return this.#database.db;
  }

  /**
   * Runs `act` while no other change runs, of this broker or another on the same database; durable when it returns, and
   * undone where `act` throws.
   */
  exclusively<T>(act: (change: Change) => Promise<T>): Promise<T> {
    return this.#database.exclusively(act);
  }

  /** Whether the database answers just now. */
  async answers(): Promise<boolean> {
    try {
      await this.db.selectFrom("root").select("id").execute();
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}
