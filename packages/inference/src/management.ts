// The one interface between protocols and whoever keeps the desired state: load, unload, scale, choose the default version.
import type { DesiredSettings, ModelSource } from "./desired-state.ts";
import type { ModelSpec } from "./model.ts";

/** What a call may say of a model beside that it be loaded; settings are of the version where it names one, else of all. */
export interface ModelOverrides extends DesiredSettings {
  /** The version that serves where a request names none. */
  readonly defaultVersion?: string;
}

/** A source may be given where a version is named. */
export interface LoadOverrides extends ModelOverrides {
  readonly source?: ModelSource;
}

/**
 * Every method returns once its change is durable, and where `wait` says so once every node has come to it. A model without a version means
 * all that the store and the configuration say, or all that are loaded; with one it means that version beside the others. Throws
 * `InferenceError`: `model-not-found`, `version-not-found`, `unavailable` where the state cannot be changed just now; once the change is kept
 * `load-failed` or `not-converged`.
 */
export interface ManagementService {
  /**
   * The version that is loaded first by its name serves by default until a call says otherwise. Throws `invalid-parameter` for a name that
   * cannot be a model's.
   */
  load(model: ModelSpec, overrides: LoadOverrides, options: ManagementOptions): Promise<void>;
  /** Throws `default-version` where it names the version that serves by default, and others would be left. */
  unload(model: ModelSpec, options: ManagementOptions): Promise<void>;
  /** Changes what is said of a loaded model; a version, where one is named, must be loaded. Instances that stay are not disturbed. */
  change(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void>;
}

export interface ManagementOptions {
  /** Milliseconds to wait for every node to come to the change; 0: do not wait. */
  readonly wait: number;
  readonly signal: AbortSignal;
}
