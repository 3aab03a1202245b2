// Readers for what BigDL PPML left behind.
export { MigrationError, type MigrationErrorCode, type MigrationErrorFacts } from "./migration-error.ts";
export { type MigratedValues, migratedFile, migrateValues } from "./values/migrate-values.ts";
export type { ValuesWarning } from "./values/values-warnings.ts";
