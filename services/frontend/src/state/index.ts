// The desired state: where it is kept, how calls change it, and how far nodes have come to it.
export { type DatabaseStateOptions, type DatabaseStateParts, openStateStore } from "./database-state-store.ts";
export type { DesiredStateStore, DesiredStates, EditModels, EditWorkflows } from "./desired-states.ts";
export { type ManagementServiceParts, managementService } from "./management-service.ts";
export { type MemoryStateParts, memoryStateStore } from "./memory-state-store.ts";
export type { AskNodes, NodeProgress } from "./node-progress.ts";
export { awayBecause } from "./state-unavailable.ts";
