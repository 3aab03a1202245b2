// The one interface between protocols and whoever keeps the desired state: load, unload, scale, choose the default version.
import type { DesiredModel } from "./desired-state.ts";
import type { ModelSpec } from "./model.ts";

/** What a call may say of a model beside that it be loaded. */
export type ModelOverrides = Partial<Omit<DesiredModel, "loaded">>;

/**
 * Every method returns once its change is durable, and where `wait` says so once every node has come to it. Throws `InferenceError`:
 * `model-not-found`, `version-not-found`, `load-failed`, `unavailable` where the state cannot be changed just now.
 */
export interface ManagementService {
  load(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void>;
  unload(model: ModelSpec, options: ManagementOptions): Promise<void>;
  /** Changes what is said of a loaded model. */
  change(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void>;
}

export interface ManagementOptions {
  /** Milliseconds to wait for every node to come to the change; 0: do not wait. */
  readonly wait: number;
  readonly signal: AbortSignal;
}
