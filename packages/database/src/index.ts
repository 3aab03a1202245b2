// SQLite and PostgreSQL behind one query layer: dialects, transactions that exclude each other, migrations.
export {
  type ColumnTypes,
  Database,
  type DatabaseOptions,
  type DatabaseParts,
  isPostgresUrl,
  type Migrations,
} from "./database.ts";
export {
  DatabaseError,
  type DatabaseErrorFacts,
  type DatabaseKind,
  type DatabaseTrouble,
  troubleOf,
} from "./database-error.ts";
export type { DatabaseLog } from "./opened-database.ts";
export { type WhenThereParts, whenThere } from "./when-there.ts";
