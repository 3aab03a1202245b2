// Which workflow archive a registration means: an entry of the model store, or what a URL puts there.
import {
  isFetchError,
  type ModelFetcher,
  type StoredWorkflow,
  type WorkflowFault,
  type WorkflowSpec,
} from "@sealserve/inference";
import { fetchRefusal, TorchserveRefusal, urlNotAllowed } from "@sealserve/protocols/torchserve";

export interface FoundWorkflow {
  readonly spec: WorkflowSpec;
  readonly entry: string;
  /** Where it was fetched from; null: it lay there. */
  readonly url: string | null;
  /** SHA-256 of what each node fetches for itself; null: it lies in the store. */
  readonly digest: string | null;
}

export interface FindParts {
  /** Brings what a URL names into the workflow store. Left out: no URL is allowed. */
  readonly workflowFetcher?: ModelFetcher;
  /** The workflow archives in the model stores of the nodes. */
  storedWorkflows(): Promise<readonly StoredWorkflow[]>;
}

/** What was fetched in vain is removed again. Throws `TorchserveRefusal`. */
export async function findWorkflow(url: string, parts: FindParts, signal: AbortSignal): Promise<FoundWorkflow> {
  const { workflowFetcher: fetcher } = parts;
  if (url.split(/[\\/]/).includes("..")) throw notFound(`Relative path is not allowed in url: ${url}`);
  if (!/^(?:https?|file):\/\//i.test(url)) {
    return { entry: url, url: null, digest: null, spec: specOf(url, url, await parts.storedWorkflows()) };
  }
  if (!fetcher) throw urlNotAllowed(url);
  const { entry, pinned } = await fetcher.fetch(url, signal).catch((error: unknown) => {
    throw isFetchError(error) ? fetchRefusal(error, url) : error;
  });
  try {
    const inside = pinned?.workflow ? [pinned.workflow] : [];
    const stored = pinned ? inside : await parts.storedWorkflows();
    return { entry, url, digest: pinned?.digest ?? null, spec: specOf(entry, url, stored) };
  } catch (error) {
    await fetcher.remove(entry);
    throw error;
  }
}

function specOf(entry: string, url: string, stored: readonly StoredWorkflow[]): WorkflowSpec {
  const found = stored.find((each) => each.entry === entry);
  if (!found) throw notFound(`Workflow not found in workflow store: ${url}`);
  if (found.spec) return found.spec;
  throw refused(found.fault ?? { code: "unreadable", reason: "it cannot be read" });
}

/** The original's words for graphs. */
function refused({ code, reason }: WorkflowFault): TorchserveRefusal {
  switch (code) {
    case "several-roots":
      return invalidGraph("DAG should have only one start node");
    case "self-loop":
      return invalidGraph("Self loop exception");
    case "cycle":
      return invalidGraph("Not a valid DAG");
    case "unknown-node":
    case "bad-spec":
    case "unreadable":
      return new TorchserveRefusal(500, "InvalidWorkflowException", reason);
  }
}

function invalidGraph(message: string): TorchserveRefusal {
  return new TorchserveRefusal(400, "InvalidDAGException", message);
}

function notFound(message: string): TorchserveRefusal {
  return new TorchserveRefusal(404, "WorkflowNotFoundException", message);
}
