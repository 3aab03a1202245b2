// What the two kinds of databases have in common once they are open.
import type { ColumnDataType, Kysely, Transaction } from "kysely";

export interface OpenedDatabase<Tables> {
  readonly db: Kysely<Tables>;
  /** The type of a column of bytes. */
  readonly bytes: ColumnDataType;
  /** Keeps every other change from beginning until this one ends, and makes its commit durable. */
  lock(change: Transaction<Tables>): Promise<void>;
  /** Tells those who listen to `channel`, of all processes, once the change is kept. Left out: nobody can listen. */
  notify?(change: Transaction<Tables>, channel: string): Promise<void>;
  listen?(channel: string, onNotice: () => void): AsyncDisposable;
}

/** What is told beside the answers; any logger is one. */
export interface DatabaseLog {
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
}
