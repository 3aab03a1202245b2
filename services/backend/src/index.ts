// The backend: loads models and answers inference requests.

// Of whoever starts a backend.
export type { ProcessStage } from "@sealserve/client/proving";
export type { ArchiveDefaults } from "./archive-defaults.ts";
export { type Backend, type BackendParts, startBackend } from "./backend.ts";
export { type BackendConfig, backendConfig, backendShape, type ModelSettings } from "./config.ts";
export type { StateMark } from "./desired/state-taking.ts";
export { fetchingShape } from "./fetching/config.ts";
export { type ModelFetcherOptions, modelFetcher } from "./fetching/model-fetcher.ts";
export type { LoadedModel } from "./loaded-models.ts";
export { servedModel } from "./mesh/served-model.ts";
export { type BackendProcessConfig, backendProcessConfig } from "./process-config.ts";
export { type KeyRefusedCode, KeyRefusedError, type KeyRefusedFacts } from "./sealed/key-refused-error.ts";
export { type BackendStartParts, backendStart } from "./start-process.ts";
export type { ModelStage } from "./trust/model-stages.ts";
export type { SealedModelStage } from "./trust/sealed-progress.ts";
