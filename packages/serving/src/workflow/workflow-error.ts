// Why a workflow gave no answer.
import { CodedError } from "@sealserve/primitives";

export interface WorkflowErrorFacts {
  /** `attempts`: how often it was asked, at least once. */
  readonly "node-failed": { readonly node: string; readonly attempts: number; readonly reason: string };
}

export class WorkflowError extends CodedError<"node-failed", WorkflowErrorFacts["node-failed"]> {
  constructor(facts: WorkflowErrorFacts["node-failed"], cause: unknown) {
    super("node-failed", `node '${facts.node}' failed ${facts.attempts} times: ${facts.reason}`, facts, cause);
    this.name = "WorkflowError";
  }
}
