// Why a database cannot be used at all, and what a failed statement says about it.
import { CodedError } from "@sealserve/primitives";
import { UnguardedDatabaseError } from "./guarded-connection.ts";

export type DatabaseKind = "PostgreSQL" | "SQLite";

export interface DatabaseErrorFacts {
  readonly kind: DatabaseKind;
  readonly trouble: DatabaseTrouble | null;
}

/** The location is in no message: a URL may hold a password. What the database itself said is the cause. */
export class DatabaseError extends CodedError<"unusable", DatabaseErrorFacts> {
  constructor(facts: DatabaseErrorFacts, cause: unknown) {
    const why = cause instanceof UnguardedDatabaseError ? `: ${cause.message}` : "";
    super("unusable", `the ${facts.kind} database cannot be used${why}`, facts, cause);
    this.name = "DatabaseError";
  }
}

/** What an operator can mend; a change that met it may have been made or not where it is `unreachable`, else was not. */
export type DatabaseTrouble = "full" | "unreachable" | "busy" | "read-only";

/** By SQLite's primary result code (https://sqlite.org/rescode.html). */
const ofSqlite: Readonly<Record<number, DatabaseTrouble>> = {
  5: "busy",
  6: "busy",
  8: "read-only",
  // An input or output error: a device that is full or away tells no more.
  10: "unreachable",
  13: "full",
  14: "unreachable",
};

/** SQLSTATE codes (PostgreSQL documentation, appendix A), and the system's names of what ends a connection. */
const ofPostgres: Readonly<Record<string, DatabaseTrouble>> = {
  "25006": "read-only",
  "40001": "busy",
  "40P01": "busy",
  "53100": "full",
  "53300": "unreachable",
  "55P03": "busy",
  "57014": "busy",
  "57P01": "unreachable",
  "57P02": "unreachable",
  "57P03": "unreachable",
  EAI_AGAIN: "unreachable",
  ECONNREFUSED: "unreachable",
  ECONNRESET: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENOENT: "unreachable",
  ENOTFOUND: "unreachable",
  EPIPE: "unreachable",
  ETIMEDOUT: "unreachable",
};

/** Whether the other end of a connection turned out to be gone. */
export function isBrokenConnection(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && (thrown.code === "EPIPE" || thrown.code === "ECONNRESET");
}

/** The driver throws these without a code (pg 8, `client.js`; pg-pool 3, `index.js`). */
const lostConnection =
  /^Connection terminated|timeout exceeded when trying to connect|^Client (?:was closed|has encountered)/i;

/** What ails the database, by what a statement threw; null: the statement itself, or something that nobody foresaw. */
export function troubleOf(thrown: unknown): DatabaseTrouble | null {
  if (!(thrown instanceof Error)) return null;
  const { code, errcode } = thrown as Error & { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === "number") return ofSqlite[errcode & 0xff] ?? null;
  if (typeof code === "string") return code.startsWith("08") ? "unreachable" : (ofPostgres[code] ?? null);
  return lostConnection.test(thrown.message) ? "unreachable" : null;
}
