// The interface between TorchServe's workflow calls and whoever runs workflows.
import type { Bytes } from "@sealserve/primitives";
import type { HttpHeaders } from "../../http/message.ts";
import type { Field } from "../fields.ts";

export interface WorkflowRequest {
  /** As the client knows it, in `x-request-id`. */
  readonly id: string;
  readonly headers: HttpHeaders;
  readonly fields: readonly Field[];
}

export interface RegisterWorkflowArguments {
  /** A file of the workflow store, or a URL. */
  readonly url: string;
  /** Left out: as the archive says. */
  readonly workflowName?: string;
  /** Seconds. */
  readonly responseTimeout?: number;
  /** Seconds. */
  readonly startupTimeout?: number;
}

export interface WorkflowEntry {
  readonly workflowName: string;
  readonly workflowUrl: string;
}

/** One element of the answer to "describe workflow". */
export interface WorkflowDescription extends WorkflowEntry {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly batchSize: number;
  /** Milliseconds. */
  readonly maxBatchDelay: number;
  /** Which node leads to which, such as `{first=[second]}`. */
  readonly workflowDag: string;
}

/** Every method throws `InferenceError`; a refusal in words of its own is a `TorchserveRefusal`. */
export interface WorkflowService {
  /** The bytes of each leaf's answer, by node. Null: there is no such workflow. */
  predict(name: string, request: WorkflowRequest, signal: AbortSignal): Promise<ReadonlyMap<string, Bytes> | null>;
  /** By name. */
  list(): Promise<readonly WorkflowEntry[]>;
  describe(name: string): Promise<WorkflowDescription | null>;
  /** Left out: nobody may register workflows, or unregister them. */
  readonly changes?: WorkflowChanges;
}

export interface WorkflowChanges {
  /** The name under which it is registered once its models serve. */
  register(args: RegisterWorkflowArguments, signal: AbortSignal): Promise<string>;
  /** False: there is no such workflow. */
  unregister(name: string, signal: AbortSignal): Promise<boolean>;
}

export interface WorkflowParts {
  /** Left out: there are no workflows, and none can be registered. */
  readonly workflows?: WorkflowService;
}
