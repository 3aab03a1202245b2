// TorchServe's workflows over the desired state and the inference service.
import type { DesiredWorkflow, InferenceService } from "@sealserve/inference";
import { nodeModel } from "@sealserve/inference";
import { eventLoopPause } from "@sealserve/protocols";
import {
  answeringFields,
  fieldsRequest,
  fieldsResult,
  TorchserveRefusal,
  type WorkflowDescription,
  type WorkflowRequest,
  type WorkflowService,
} from "@sealserve/protocols/torchserve";
import { type Clock, runWorkflow, WorkflowError } from "@sealserve/serving";
import { desiredWorkflow, type RegistrationParts, WorkflowRegistrations } from "./workflow-registrations.ts";

export interface WorkflowServiceOptions {
  /** Milliseconds that a registration may wait for its models; null: nobody may register any. */
  readonly changes: { readonly wait: number } | null;
}

export interface WorkflowServiceParts extends RegistrationParts {
  readonly service: Pick<InferenceService, "infer" | "metadata">;
  readonly clock: Pick<Clock, "setTimer">;
}

/** Registered workflows are those of the desired state, whoever registered them. */
export function workflowService({ changes }: WorkflowServiceOptions, parts: WorkflowServiceParts): WorkflowService {
  const { store } = parts;
  const find = (name: string) => desiredWorkflow(store.current.workflows, name);
  return {
    predict: async (name, request, signal) => {
      const found = find(name);
      return found && (await predicted(name, found, request, parts, signal));
    },
    list: async () =>
      Object.entries(store.current.workflows ?? {})
        .map(([workflowName, workflow]) => ({ workflowName, workflowUrl: urlOf(workflow) }))
        .sort((a, b) => (a.workflowName < b.workflowName ? -1 : 1)),
    describe: async (name) => {
      const found = find(name);
      return found && description(name, found);
    },
    ...(changes && { changes: new WorkflowRegistrations(changes, parts) }),
  };
}

async function predicted(
  name: string,
  { spec }: DesiredWorkflow,
  { id, headers, fields }: WorkflowRequest,
  parts: WorkflowServiceParts,
  signal: AbortSignal,
) {
  const nodes = spec.nodes.map((node) => ({ ...node, model: nodeModel(name, node.name) }));
  const request = fieldsRequest({ model: { name }, urlPath: "", explain: null, headers, fields }, id);
  const bytesOf = (response: Parameters<typeof fieldsResult>[0]) => fieldsResult(response).body;
  try {
    const service = answeringFields(parts.service, { pause: eventLoopPause() });
    return await runWorkflow(nodes, request, { ...parts, service, bytesOf }, signal);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    throw new TorchserveRefusal(500, "InternalServerException", `Error executing ${error.facts.node}`);
  }
}

function description(workflowName: string, workflow: DesiredWorkflow): WorkflowDescription {
  const { nodes, defaults } = workflow.spec;
  const { minWorkers, maxWorkers, batchSize, maxBatchDelay } = defaults;
  // As Java shows a map of lists.
  const edges = nodes
    .filter(({ children }) => children.length > 0 || nodes.length === 1)
    .map(({ name, children }) => `${name}=[${children.join(", ")}]`);
  return {
    ...{ workflowName, workflowUrl: urlOf(workflow), minWorkers, maxWorkers, batchSize, maxBatchDelay },
    workflowDag: `{${edges.join(", ")}}`,
  };
}

function urlOf({ url, entry }: DesiredWorkflow): string {
  return url ?? entry;
}
