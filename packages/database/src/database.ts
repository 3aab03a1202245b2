// A database: SQLite in a file or PostgreSQL by URL, behind one query layer, with changes that exclude each other.
import type { DatabaseSync } from "node:sqlite";
import { type ColumnDataType, type Kysely, sql, type Transaction } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { DatabaseError, isBrokenConnection, troubleOf } from "./database-error.ts";
import { openPostgres } from "./open-postgres.ts";
import { openSqlite } from "./open-sqlite.ts";
import type { DatabaseLog, OpenedDatabase } from "./opened-database.ts";

export interface ColumnTypes {
  readonly bytes: ColumnDataType;
}

/** By name; run in that order, each once. A step that has been released is never changed. */
export type Migrations = (types: ColumnTypes) => Readonly<Record<string, Migration>>;

export interface DatabaseOptions {
  /** The tables, in the steps in which they came to be. */
  readonly migrations: Migrations;
  /** Any number that only the users of these tables take as PostgreSQL's lock. */
  readonly lockNumber: number;
  /** Tables that a change in PostgreSQL keeps from those too who do not ask for that lock. */
  readonly lockTables?: readonly string[];
}

export interface DatabaseParts {
  readonly logger: DatabaseLog;
  /** Given the SQLite database that was opened; for tests of what its failures do. */
  readonly onSqlite?: ((database: DatabaseSync) => void) | undefined;
}

export class Database<Tables> implements AsyncDisposable {
  readonly #opened: OpenedDatabase<Tables>;

  private constructor(opened: OpenedDatabase<Tables>) {
    this.#opened = opened;
  }

  /**
   * `location` is `postgres://…` or the path of a SQLite file, which is made where it is missing. Brings the tables up to date. Throws
   * `DatabaseError`.
   */
  static async open<Tables>(
    location: string,
    { migrations, lockNumber, lockTables = [] }: DatabaseOptions,
    parts: DatabaseParts,
  ): Promise<Database<Tables>> {
    const isPostgres = isPostgresUrl(location);
    await using stack = new AsyncDisposableStack();
    try {
      const opened = isPostgres
        ? openPostgres<Tables>(location, { lockNumber, lockTables }, parts)
        : openSqlite<Tables>(location, parts);
      const database = stack.use(new Database(opened));
      await database.#migrate(migrations);
      stack.move();
      return database;
    } catch (error) {
      throw new DatabaseError({ kind: isPostgres ? "PostgreSQL" : "SQLite", trouble: troubleOf(error) }, error);
    }
  }

  /** For reading. */
  get db(): Kysely<Tables> {
    return this.#opened.db;
  }

  /**
   * Runs `act` while no other change runs, of this process or another on the same database; durable when it returns, and
   * undone where `act` throws. It runs once at most.
   */
  async exclusively<T>(act: (change: Transaction<Tables>) => Promise<T>): Promise<T> {
    for (let broken = 0; ; broken++) {
      let begun = false;
      try {
        return await this.#opened.db.transaction().execute(async (change) => {
          await this.#opened.lock(change);
          begun = true;
          return act(change);
        });
      } catch (error) {
        // The database was restarted meanwhile: each connection from before shows it at its next use only, and then nothing has begun.
        if (begun || broken === mostBroken || !isBrokenConnection(error)) throw error;
      }
    }
  }

  /** Tells all who listen to `channel` (letters and `_`), once the change is kept. Nobody is told of a change in SQLite. */
  async notify(change: Transaction<Tables>, channel: string): Promise<void> {
    await this.#opened.notify?.(change, channel);
  }

  /**
   * Calls `onNotice` for what `notify` tells, here or in another process, and whenever something may have been missed; it must not throw. Notices may
   * be lost: look now and then all the same. Dispose of it before the database.
   */
  listen(channel: string, onNotice: () => void): AsyncDisposable {
    return this.#opened.listen?.(channel, onNotice) ?? { [Symbol.asyncDispose]: async () => {} };
  }

  /** Whether the database answers just now. */
  async answers(): Promise<boolean> {
    try {
      await sql`select 1`.execute(this.#opened.db);
      return true;
    } catch {
      return false;
    }
  }

  async #migrate(migrations: Migrations): Promise<void> {
    const { db, bytes } = this.#opened;
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations({ bytes }) }) } });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.db.destroy();
  }
}

/** No fewer than PostgreSQL has connections here. */
const mostBroken = 10;

/** Whether a location is PostgreSQL's; every other one is a SQLite file. */
export function isPostgresUrl(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}
