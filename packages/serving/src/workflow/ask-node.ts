// Asks the model of one node of a workflow, and asks it again where it fails or takes too long.
import { InferenceError, type InferenceRequest, type InferenceService, isInferenceError } from "@sealserve/inference";
import { type Bytes, reasonOf } from "@sealserve/primitives";
import type { Clock } from "../clock.ts";
import type { AnswerBytes, RunnableNode } from "./runnable-node.ts";
import { WorkflowError } from "./workflow-error.ts";

export interface AskParts {
  readonly service: Pick<InferenceService, "infer">;
  readonly clock: Pick<Clock, "setTimer">;
  readonly bytesOf: AnswerBytes;
}

/** Throws `WorkflowError`, or `cancelled` where `signal` says so. */
export async function askNode(
  node: RunnableNode,
  request: InferenceRequest,
  parts: AskParts,
  signal: AbortSignal,
): Promise<Bytes> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await askOnce(node, request, parts, signal);
    } catch (error) {
      if (signal.aborted) throw new InferenceError("cancelled", {}, error);
      if (attempts <= node.retryAttempts && isWorthwhile(error)) continue;
      throw new WorkflowError({ node: node.name, attempts, reason: reasonOf(error) }, error);
    }
  }
}

async function askOnce(
  { model, timeout }: RunnableNode,
  request: InferenceRequest,
  { service, clock, bytesOf }: AskParts,
  signal: AbortSignal,
): Promise<Bytes> {
  if (signal.aborted) throw new InferenceError("cancelled", {});
  const ending = new AbortController();
  const end = (): void => ending.abort();
  let isLate = false;
  const timer = clock.setTimer(timeout, () => {
    isLate = true;
    end();
  });
  signal.addEventListener("abort", end, { once: true });
  try {
    return bytesOf(await service.infer({ ...request, model: { name: model }, timeout }, ending.signal));
  } catch (error) {
    if (isLate) throw new InferenceError("deadline-exceeded", { model, limit: timeout }, error);
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    timer.cancel();
  }
}

/** What is not there will not be there a moment later. */
function isWorthwhile(error: unknown): boolean {
  return !isInferenceError(error) || (error.code !== "model-not-found" && error.code !== "version-not-found");
}
