// The nodes of a workflow as models: what is loaded for each, and where it comes from.
import {
  functionHandler,
  functionVersion,
  isInferenceError,
  isModelName,
  type LoadOverrides,
  type ModelSpec,
  nodeModel,
  type WorkflowNode,
  type WorkflowSpec,
} from "@sealserve/inference";
import { type ArchiveParts, findArchive, TorchserveRefusal, toErrorDocument } from "@sealserve/protocols/torchserve";

export interface NodeLoad {
  readonly model: Required<ModelSpec>;
  readonly overrides: LoadOverrides;
}

/** Where the functions of the workflow's handler come from. */
export interface FunctionsSource {
  readonly entry: string;
  /** Where the entry was fetched from; null: it lay there. */
  readonly url: string | null;
  /** SHA-256 of what each node fetches for itself; null: it lies in the store. */
  readonly digest: string | null;
}

/**
 * The models of the nodes, in their order. Archives that lie elsewhere are in the model store by then; `found` is told of each. Throws
 * `TorchserveRefusal` for the first that cannot be loaded.
 */
export async function nodeLoads(
  workflow: string,
  { nodes, handler }: Pick<WorkflowSpec, "nodes" | "handler">,
  functions: FunctionsSource,
  parts: ArchiveParts & { found(source: NonNullable<LoadOverrides["source"]>): void },
  signal: AbortSignal,
): Promise<readonly NodeLoad[]> {
  const loads: NodeLoad[] = [];
  const known = new Map<string, Pick<NodeLoad["model"], "version"> & Pick<LoadOverrides, "source">>();
  for (const node of nodes) {
    const name = nodeModel(workflow, node.name);
    if (!isModelName(name)) throw failed(workflow, name, "Its name is too long.");
    const overrides = overridesOf(node);
    const { url } = node;
    if (url === null) {
      const { entry, url: from, digest } = functions;
      const pinned = from !== null && digest !== null && { url: from, digest };
      const source = { entry, handler: functionHandler(handler ?? "", node.name), ...pinned };
      loads.push({ model: { name, version: functionVersion }, overrides: { ...overrides, source } });
      continue;
    }
    let archive = known.get(url);
    if (!archive) {
      archive = await archiveOf(workflow, { name, url }, parts, signal);
      known.set(url, archive);
      if (archive.source) parts.found(archive.source);
    }
    const { version, source } = archive;
    loads.push({ model: { name, version }, overrides: { ...overrides, ...(source && { source }) } });
  }
  return loads;
}

async function archiveOf(
  workflow: string,
  { name, url }: { readonly name: string; readonly url: string },
  parts: ArchiveParts,
  signal: AbortSignal,
) {
  try {
    const { version, source } = await findArchive({ url, modelName: name }, parts, signal);
    return { version, source: source ?? { entry: url } };
  } catch (error) {
    if (isInferenceError(error)) throw failed(workflow, name, toErrorDocument(error).message);
    throw error;
  }
}

function overridesOf({ minWorkers, maxWorkers, batchSize, maxBatchDelay }: WorkflowNode): LoadOverrides {
  return { instances: minWorkers, maxInstances: maxWorkers, maxBatchSize: batchSize, maxQueueDelay: maxBatchDelay };
}

/** A node that cannot be registered, in the original's words. */
export function failed(workflow: string, model: string, details: string): TorchserveRefusal {
  return failedBecause(workflow, `Workflow Node ${model} failed to register. Details: ${details}`);
}

/** Likewise. */
export function failedBecause(workflow: string, failure: string): TorchserveRefusal {
  const message = `Workflow ${workflow} has failed to register. Failures: [${failure}]`;
  return new TorchserveRefusal(500, "WorkflowException", message);
}
