// The broker's database: SQLite in a file or PostgreSQL by URL, behind one query layer.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { Pool } from "pg";
import { BrokerStartError } from "../broker-start-error.ts";
import { migrations } from "./migrations.ts";
import { nodeSqliteDialect } from "./node-sqlite-dialect.ts";
import type { Change, Database, Tables } from "./schema.ts";

/** Any number that only this broker's databases use as a lock. */
const lockNumber = 7_332_501_846;

/** An open database, and how to keep others from changing it until a transaction ends. */
interface Opened {
  readonly db: Database;
  lock(change: Change): Promise<void>;
}

export interface StorageParts {
  readonly logger: Logger;
  /** Given the SQLite database that was opened; for tests of what its failures do. */
  readonly onDatabase?: ((database: DatabaseSync) => void) | undefined;
}

export class Storage implements AsyncDisposable {
  readonly #db: Database;
  readonly #lock: Opened["lock"];

  private constructor({ db, lock }: Opened) {
    this.#db = db;
    this.#lock = lock;
  }

  /**
   * `location` is `postgres://…` or the path of a SQLite file, which is made where it is missing. Brings the tables up to date. Throws
   * `BrokerStartError` `database-unusable`.
   */
  static async open(location: string, parts: StorageParts): Promise<Storage> {
    const isPostgres = /^postgres(?:ql)?:\/\//.test(location);
    try {
      const storage = new Storage(isPostgres ? openPostgres(location, parts) : openSqlite(location, parts));
      await storage.#migrate(isPostgres ? "bytea" : "blob");
      return storage;
    } catch (error) {
      // The URL may hold a password: it is in no message.
      throw new BrokerStartError("database-unusable", { kind: isPostgres ? "PostgreSQL" : "SQLite" }, error);
    }
  }

  /** For reading. */
  get db(): Database {
    return this.#db;
  }

  /**
   * Runs `act` while no other change runs, of this broker or another on the same database; durable when it returns, and
   * undone where `act` throws.
   */
  exclusively<T>(act: (change: Change) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (change) => {
      await this.#lock(change);
      return act(change);
    });
  }

  /** Whether the database answers just now. */
  async answers(): Promise<boolean> {
    try {
      await this.#db.selectFrom("root").select("id").execute();
      return true;
    } catch {
      return false;
    }
  }

  async #migrate(bytes: "bytea" | "blob"): Promise<void> {
    const migrator = new Migrator({
      db: this.#db,
      provider: { getMigrations: async () => ({ ...migrations({ bytes }) }) },
    });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.destroy();
  }
}

function openSqlite(file: string, { onDatabase }: StorageParts): Opened {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Before SQLite makes it, for everybody to read.
    closeSync(openSync(file, "a", 0o600));
  }
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  // FULL: a commit is on the disk when it returns; the wait is for another process on the same file.
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000");
  onDatabase?.(database);
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
  // A transaction takes the write lock when it begins.
  return { db, lock: async () => {} };
}

function openPostgres(url: string, { logger }: { readonly logger: Logger }): Opened {
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000 });
  // An idle connection that breaks is replaced at its next use.
  pool.on("error", (error) => logger.warn("a connection to the database was lost", { reason: reasonOf(error) }));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    async lock(change) {
      await sql`set local synchronous_commit = on`.execute(change);
      await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(change);
      // Also against those who do not ask for the broker's lock: between two looks at a row it stays the same.
      await sql`lock table root, tenants, keys, policies, reference_values, resources, evaluation_numbers, audit, audit_head in exclusive mode`.execute(
        change,
      );
    },
  };
}
