// The backend: loads models and answers inference requests.

// Of whoever starts a backend.
export type { ProcessStage } from "@sealserve/client/proving";
export { type Backend, type BackendParts, startBackend } from "./backend.ts";
export { type BackendConfig, backendConfig, backendShape, type ModelSettings } from "./config.ts";
export type { StateMark } from "./desired/state-taking.ts";
export type { LoadedModel } from "./loaded-models.ts";
export { servedModel } from "./mesh/report.ts";
export { type BackendProcessConfig, backendProcessConfig } from "./process-config.ts";
export { keyFileIdentities, passphraseIdentities } from "./sealed/identities.ts";
export { needsEvidence } from "./sealed/identity-setting.ts";
export { type KeyRefusedCode, KeyRefusedError, type KeyRefusedFacts } from "./sealed/key-refused-error.ts";
export type { IdentitiesFor } from "./sealed/sealed-opener.ts";
export { type BackendStartParts, backendStart } from "./start-process.ts";
export { type EnterTeeOptions, enterTee } from "./trust/enter-tee.ts";
export { type EnterTeeByResourceOptions, enterTeeByResource } from "./trust/enter-tee-by-resource.ts";
export type { ModelStage } from "./trust/model-stages.ts";
export { type OpenedIdentity, type OpenIdentityParts, openIdentity } from "./trust/open-identity.ts";
export type { SealedModelStage } from "./trust/sealed-progress.ts";
export type { TrustedProcess } from "./trust/trusted-process.ts";
