// SQLite in a file, or in memory where the file is `:memory:`.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { nodeSqliteDialect } from "./node-sqlite-dialect.ts";
import type { OpenedDatabase } from "./opened-database.ts";

/** The file and its folder are made where they are missing, for their owner alone. */
export function openSqlite<Tables>(
  file: string,
  { onSqlite }: { readonly onSqlite?: ((database: DatabaseSync) => void) | undefined },
): OpenedDatabase<Tables> {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Before SQLite makes it, for everybody to read.
    closeSync(openSync(file, "a", 0o600));
  }
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  try {
    // FULL: a commit is on the disk when it returns; the wait is for another process on the same file.
    database.exec("pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full");
  } catch (error) {
    database.close();
    throw error;
  }
  onSqlite?.(database);
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
  // A transaction takes the write lock when it begins.
  return { db, bytes: "blob", lock: async () => {} };
}
