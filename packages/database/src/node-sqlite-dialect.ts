// Kysely's SQLite dialect over the database that is built into Node.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import { troubleOf } from "./database-error.ts";

/** Statements are prepared once; the texts come from the code alone, so that there are few. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  const prepared = new Map<string, SqliteStatement>();
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known) return known;
      const statement = toStatement(database.prepare(sql));
      prepared.set(sql, statement);
      return statement;
    },
  };
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ImmediateDriver({ database: adapted }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite's tables are made and changed inside transactions too: so two processes that migrate one file do not meet. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Milliseconds: to wait for another's change to end, and between two looks whether it has. */
const [lockLimit, lockLook] = [5_000, 5];

/** Takes the write lock when a transaction begins: one that first reads could not get it any more after another's write. */
class ImmediateDriver extends SqliteDriver {
  /** Waits without holding up the process, whose own change it may be that has the lock. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    for (let waited = 0; ; waited += lockLook) {
      try {
        await connection.executeQuery(CompiledQuery.raw("pragma busy_timeout = 0"));
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (waited >= lockLimit || troubleOf(error) !== "busy") throw error;
        await setTimeout(lockLook);
      } finally {
        await connection.executeQuery(CompiledQuery.raw("pragma busy_timeout = 5000"));
      }
    }
  }
}

function toStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
