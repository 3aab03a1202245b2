// The one interface between protocols and whoever keeps the desired state: load, unload, scale, choose the default version.
import type { DesiredModel } from "./desired-state.ts";
import type { ModelSpec } from "./model.ts";

/** What a call may say of a model beside that it be loaded. */
export type ModelOverrides = Partial<Omit<DesiredModel, "loaded" | "versions" | "attempt">>;

/**
 * Every method returns once its change is durable, and where `wait` says so once every node has come to it. A model without a version means
 * all that the store and the configuration say, or all that are loaded; with one it means that version beside the others. Throws
 * `InferenceError`: `model-not-found`, `version-not-found`, `unavailable` where the state cannot be changed just now; once the change is kept
 * `load-failed` or `not-converged`.
 */
export interface ManagementService {
  load(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void>;
  /** Throws `default-version` where it names the version that serves by default, and others would be left. */
  unload(model: ModelSpec, options: ManagementOptions): Promise<void>;
  /** Changes what is said of a loaded model; a version, where one is named, must be loaded. */
  change(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void>;
}

export interface ManagementOptions {
  /** Milliseconds to wait for every node to come to the change; 0: do not wait. */
  readonly wait: number;
  readonly signal: AbortSignal;
}
