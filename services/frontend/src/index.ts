// The frontend: ends the clients' connections and speaks the three protocols.
export { type AttestingParts, attestingFrontend } from "./attesting.ts";
export { type FrontendConfig, frontendConfig, frontendShape } from "./config.ts";
export { type FrontendParts, startFrontend } from "./frontend.ts";
export { type ManagedModels, managedModels } from "./managed-models.ts";
export { ManagementStartError } from "./management/management-gate.ts";
export { type FrontendProcessConfig, frontendProcessConfig } from "./process-config.ts";
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
