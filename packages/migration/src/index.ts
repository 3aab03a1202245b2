// Readers for what BigDL PPML and TorchServe left behind.
export { MigrationError, type MigrationErrorCode, type MigrationErrorFacts } from "./migration-error.ts";
export type { TorchserveAddress } from "./torchserve/address.ts";
export { type LaunchOptions, type LaunchSettings, launchSettings } from "./torchserve/launch-settings.ts";
export { type DeclaredModelMetric, readMetricsConfig } from "./torchserve/metrics-config.ts";
export {
  type PropertyWarning,
  type ReadProperties,
  readProperties,
  type TorchserveProperties,
} from "./torchserve/properties.ts";
export { type Snapshot, snapshotText } from "./torchserve/snapshot.ts";
export {
  type ModelToLoad,
  readLoadModels,
  readStartupModels,
  type StartupModel,
} from "./torchserve/startup-models.ts";
export { type MigratedValues, migratedFile, migrateValues } from "./values/migrate-values.ts";
export type { ValuesWarning } from "./values/values-warnings.ts";
