// What runs a model, and the layouts that models come in.

export { type ArchiveLimits, defaultArchiveLimits } from "./archive/archive-limits.ts";
export {
  type PackedModel,
  type PackOptions,
  type PackParts,
  type PackProgress,
  packModel,
} from "./archive/pack-model.ts";
export { type Archive, readArchive } from "./archive/read-archive.ts";
export type { ArchiveSource } from "./archive/zip-source.ts";
export { bringsCode } from "./brings-code.ts";
export { EngineLoadError, type EngineLoadErrorCode, type EngineLoadErrorFacts } from "./engine-error.ts";
export { createRunner } from "./engine-loader.ts";
export type { EngineMetric } from "./hosting/engine-metric.ts";
export type { EngineEvent } from "./hosting/instance-pool.ts";
export type { HostingParts } from "./hosting/open-hosted.ts";
export {
  type AnyLayoutError,
  isLayoutError,
  LayoutError,
  type LayoutErrorCode,
  type LayoutErrorFacts,
} from "./layout-error.ts";
export { createStoreScan, scanModelStore } from "./layouts/scan-model-store.ts";
export type {
  OpenableModel,
  OpenedAs,
  ScannedModel,
  ScannedPolicy,
  ScannedVersion,
  ScanParts,
  ScanProblem,
} from "./layouts/scanned-model.ts";
export type { RandomFile, SealedContent, SealedOpener, SealedVersion } from "./layouts/sealed-opener.ts";
export { MemoryFolderError, type MemoryFolderErrorCode } from "./memory/memory-folder-error.ts";
export { type MemoryFolders, type NoRoom, openMemoryFolders } from "./memory/memory-folders.ts";
export type {
  BatchingOptions,
  DeviceOptions,
  EngineChoice,
  Isolation,
  LayoutName,
  ModelDefinition,
  OnnxOptions,
  ParallelOptions,
  PythonChoice,
  SchedulingOptions,
  WarmupRequest,
} from "./model-definition.ts";
export type { ModelFiles } from "./model-files.ts";
export { isModelName } from "./model-name.ts";
export { sweepTemporaryFolders } from "./python/archive-folder.ts";
export { openModelUsers } from "./python/model-users.ts";
export { ModelUsersError, type ModelUsersErrorCode } from "./python/model-users-error.ts";
export type { PythonOptions, PythonParts, WorkerLimits } from "./python/python-parts.ts";
export { type PackedWorkflow, type PackWorkflowOptions, packWorkflow } from "./workflows/pack-workflow.ts";
export { createWorkflowScan, type ScannedWorkflow } from "./workflows/workflow-scan.ts";
