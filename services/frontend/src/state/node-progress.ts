// How far the nodes that serve models have come to the desired state.
import type { ModelStatus, StoredVersion, StoredWorkflow } from "@sealserve/inference";

export interface NodeProgress {
  /** Its origin; `this process` where it is that. */
  readonly where: string;
  /** The desired state that it has taken: what it aspires to is in `models`, loaded or on its way. Null: none. */
  readonly desired: { readonly epoch: string; readonly revision: number } | null;
  /** A reason beside an available version says why its last change was not taken. */
  readonly models: readonly ModelStatus[];
  /** What lies in its model store; null where it does not tell. */
  readonly stored: readonly StoredVersion[] | null;
  /** The workflow archives there; left out where it does not tell. */
  readonly workflows?: readonly StoredWorkflow[];
}

/** The nodes that answer just now, each as it last said; those that are away come to the state once they are back. */
export type AskNodes = (options?: AskOptions) => Promise<readonly NodeProgress[]>;

export interface AskOptions {
  /** The nodes shall look at their stores first, where they can be told to. */
  readonly lookFirst?: boolean;
}
