// Workflows: models and functions as the nodes of a graph without cycles, whose answers are one another's requests.

/** How the model of a node runs; times are milliseconds. */
export interface WorkflowSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly batchSize: number;
  readonly maxBatchDelay: number;
  /** How often a node that failed, or took too long, is asked again. */
  readonly retryAttempts: number;
  readonly timeout: number;
}

export interface WorkflowNode extends WorkflowSettings {
  readonly name: string;
  /** The archive of its model: an entry of the model store, or where to fetch it. Null: a function of the workflow's handler. */
  readonly url: string | null;
  /** Names of the nodes that get its answer. */
  readonly children: readonly string[];
}

/** What a workflow archive says. It has one root, and every node is reached from it. */
export interface WorkflowSpec {
  readonly name: string;
  /** The file with the functions, in Python, TypeScript or JavaScript; null: there are none. */
  readonly handler: string | null;
  /** What holds for every model that says nothing else. */
  readonly defaults: WorkflowSettings;
  /** In the order in which the archive names them. */
  readonly nodes: readonly WorkflowNode[];
}

/** A workflow archive in a model store. */
export interface StoredWorkflow {
  /** Such as `pair.war`. */
  readonly entry: string;
  /** Null: it is refused. */
  readonly spec: WorkflowSpec | null;
  /** Why it is refused. */
  readonly fault?: WorkflowFault;
}

/** `unreadable`: no archive, or none of a workflow. `bad-spec`: a value of it. The others are faults of the graph. */
export interface WorkflowFault {
  readonly code: "unreadable" | "bad-spec" | WorkflowGraphFault;
  readonly reason: string;
}

/** `several-roots` also where there is none. */
export type WorkflowGraphFault = "several-roots" | "self-loop" | "cycle" | "unknown-node";

/** A workflow that is registered, under whatever name. */
export interface DesiredWorkflow {
  readonly spec: WorkflowSpec;
  readonly entry: string;
  /** Where the entry was fetched from, to be removed with the workflow. Left out: it lay there. */
  readonly url?: string;
}

/** The version under which functions of a workflow's handler are known. */
export const functionVersion = "1.0";

/** Under which name a node of a workflow is a model. */
export function nodeModel(workflow: string, node: string): string {
  return `${workflow}__${node}`;
}

/** How a function of a workflow's handler file is named as the handler of a model. */
export function functionHandler(handler: string, node: string): string {
  return `${handler}:${node}`;
}
