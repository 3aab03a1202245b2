// What runs a model, and the layouts that models come in.
export { EngineLoadError, type EngineLoadErrorCode, type EngineLoadErrorFacts } from "./engine-error.ts";
export { createRunner } from "./engine-loader.ts";
export type { EngineEvent } from "./hosting/instance-pool.ts";
export type { HostingParts } from "./hosting/open-hosted.ts";
export type {
  BatchingOptions,
  EngineChoice,
  Isolation,
  LayoutName,
  ModelDefinition,
  OnnxOptions,
  WarmupRequest,
} from "./model-definition.ts";
export type { ModelFiles } from "./model-files.ts";
