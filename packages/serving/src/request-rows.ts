// How many rows a request brings to a batch.
import type { InferenceRequest } from "@sealserve/inference";

/** The first dimension of its inputs; 1 where it has none. Not for models without a batch dimension. */
export function rowsOf(request: Pick<InferenceRequest, "inputs">): number {
  return request.inputs[0]?.shape[0] ?? 1;
}
