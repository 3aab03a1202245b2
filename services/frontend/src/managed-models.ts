// What the protocols need for calls that change what is loaded.
import type { ManagementService, ModelFetcher, StoredVersion, StoredWorkflow } from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";
import { type AskNodes, type DesiredStateStore, managementService } from "./state/index.ts";

export interface ManagedModels {
  readonly management: ManagementService;
  /** What lies in the model stores of the nodes, loaded or not. */
  stored(): Promise<readonly StoredVersion[]>;
  /** The workflow archives there. */
  storedWorkflows(): Promise<readonly StoredWorkflow[]>;
  /** Where workflows are kept. */
  readonly store: DesiredStateStore;
  /** Brings models into the store that lie elsewhere; left out: the store is in other processes, and nobody does. */
  readonly fetcher?: ModelFetcher;
  /** Likewise, workflow archives. */
  readonly workflowFetcher?: ModelFetcher;
  /** The model store's folder as callers on this machine name it; left out: it is in other processes. */
  readonly modelStore?: string;
}

export interface ManagedModelsParts {
  readonly store: DesiredStateStore;
  readonly nodes: AskNodes;
  readonly clock: Clock;
  readonly fetcher?: ModelFetcher;
  readonly workflowFetcher?: ModelFetcher;
  readonly modelStore?: string;
}

export function managedModels(parts: ManagedModelsParts): ManagedModels {
  const { fetcher, workflowFetcher, modelStore, store, nodes } = parts;
  return {
    ...(fetcher && { fetcher }),
    ...(workflowFetcher && { workflowFetcher }),
    ...(modelStore === undefined ? {} : { modelStore }),
    management: managementService({}, parts),
    store,
    stored: async () => (await nodes({ lookFirst: true })).flatMap(({ stored }) => stored ?? []),
    storedWorkflows: async () => (await nodes({ lookFirst: true })).flatMap(({ workflows }) => workflows ?? []),
  };
}
