// The frontend: ends the clients' connections and speaks the three protocols.
export { type AttestingParts, attestingFrontend } from "./attesting.ts";
export { meshLinks } from "./backends/mesh-link.ts";
export { type FrontendConfig, frontendConfig, frontendShape } from "./config.ts";
export { fixedBackends } from "./discovery/fixed-backends.ts";
export { type FrontendParts, startFrontend } from "./frontend.ts";
export { type ManagedModels, managedModels } from "./managed-models.ts";
export { ManagementStartError } from "./management/management-gate.ts";
export type { EngineReport } from "./metrics/engine-report.ts";
export type { MetricLog } from "./metrics/metric-log.ts";
export { type FrontendProcessConfig, frontendProcessConfig } from "./process-config.ts";
export { type BackendPool, openBackendPool } from "./routing/backend-pool.ts";
export { backendRouter } from "./routing/backend-router.ts";
export type { ServedModel } from "./served-model.ts";
export { type FrontendStartParts, frontendStart } from "./start-process.ts";
export {
  type AskNodes,
  type DesiredStateStore,
  type DesiredStates,
  memoryStateStore,
  type NodeProgress,
  openStateStore,
} from "./state/index.ts";
