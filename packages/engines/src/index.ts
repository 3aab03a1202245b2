// What runs a model, and the layouts that models come in.
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
