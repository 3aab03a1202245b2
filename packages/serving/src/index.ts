// The serving core: servables, loaders, sources, the manager and its handles, the batcher.
export { Alarm } from "./alarm.ts";
export type { BatchResult, BatchRunner, InstanceStatus, RunOptions } from "./batch-runner.ts";
export { type BatchedOptions, type BatchedParts, batched } from "./batched.ts";
export { checked } from "./checked.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { concatenateRows } from "./concatenate-rows.ts";
export { type ContinuousOptions, type ContinuousParts, continuous } from "./continuous.ts";
export type { Execution, ExecutionRecorder } from "./execution.ts";
export { FixedSource } from "./fixed-source.ts";
export type { Handle } from "./handle.ts";
export type { Loader, Resources } from "./loader.ts";
export { managedService } from "./managed-service.ts";
export { Manager, type ManagerOptions, type ManagerParts } from "./manager.ts";
export { measured } from "./measured.ts";
export { ModelStatistics, type StatisticsOptions } from "./model-statistics.ts";
export { PolledSource, type PolledSourceOptions, type PolledSourceParts } from "./polled-source.ts";
export { type Replaceable, replaceable } from "./replaceable.ts";
export { rowsOf } from "./request-rows.ts";
export type { Scheduled } from "./scheduled.ts";
export {
  type SequencedOptions,
  type SequencedParts,
  sequenced,
} from "./sequenced.ts";
export type { SequencesOptions } from "./sequences.ts";
export type { Servable } from "./servable.ts";
export { all, latest, type ServedVersions, specific } from "./served-versions.ts";
export type { AspiredVersions, Source } from "./source.ts";
export { adaptSource } from "./source-adapter.ts";
export { splitRows } from "./split-rows.ts";
export { StatisticsRegistry } from "./statistics-registry.ts";
export type { BatchSizeStatistics, DurationTotal, FailureReason, VersionStatistics } from "./statistics-snapshot.ts";
export type { Version } from "./version.ts";
export type { RetryOptions } from "./version-harness.ts";
export { canonicalVersion, compareVersions } from "./version-order.ts";
export type { VersionPhase } from "./version-phase.ts";
export {
  type Action,
  availabilityPreserving,
  resourcePreserving,
  type VersionPolicy,
  type VersionSnapshot,
} from "./version-policy.ts";
export { runWorkflow } from "./workflow/run-workflow.ts";
export type { AnswerBytes, RunnableNode } from "./workflow/runnable-node.ts";
export { WorkflowError } from "./workflow/workflow-error.ts";
