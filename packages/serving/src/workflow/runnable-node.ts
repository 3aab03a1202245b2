// What running a workflow needs to know of its nodes and of their answers.
import type { InferenceResponse, WorkflowNode } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";

/** A node and the model that answers for it. */
export interface RunnableNode extends Pick<WorkflowNode, "name" | "children" | "retryAttempts" | "timeout"> {
  readonly model: string;
}

/** What a handler answered, as the bytes that would be sent to a client. */
export type AnswerBytes = (response: InferenceResponse) => Bytes;
