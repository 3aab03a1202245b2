// Where the desired state is read, watched and changed.
import type { DesiredModel, DesiredState, DesiredWorkflow } from "@sealserve/inference";

/** What whoever passes the state on needs. */
export interface DesiredStates {
  /** The newest state that is known to be kept. */
  readonly current: DesiredState;
  /** Told of each newer state, whoever changed it; must not throw. Disposing ends that. */
  onChange(listener: (state: DesiredState) => void): Disposable;
  /**
   * A node holds a higher revision of the same epoch. Where what is kept is lower indeed, it went back, and what it says becomes true again under
   * another epoch. Left out: it cannot go back.
   */
  surpassed?(mark: Pick<DesiredState, "epoch" | "revision">): void;
}

/** From what is said of the models to what shall be said of them; it may be called again, and may throw to change nothing. */
export type EditModels = (models: DesiredState["models"]) => Readonly<Record<string, DesiredModel>>;

/** As {@link EditModels}, of the workflows by name. */
export type EditWorkflows = (
  workflows: Readonly<Record<string, DesiredWorkflow>>,
) => Readonly<Record<string, DesiredWorkflow>>;

export interface DesiredStateStore extends DesiredStates, AsyncDisposable {
  /**
   * Changes the state while nobody else does; durable when it returns the new one. Throws what `edit` throws, and `InferenceError` `unavailable`
   * where the state cannot be kept just now: then the change was not made, or, where the connection broke in the last moment, may have been.
   */
  change(edit: EditModels): Promise<DesiredState>;
  /** As `change`, of what is said of workflows. */
  changeWorkflows(edit: EditWorkflows): Promise<DesiredState>;
}
