// The backend: loads models and answers inference requests.
export { type Backend, type BackendParts, startBackend } from "./backend.ts";
export { type BackendConfig, backendConfig, backendShape, type ModelSettings } from "./config.ts";
export type { LoadedModel } from "./loaded-models.ts";
