// What runs batches of requests: the side of an engine that the batcher sees.
import type { AnyInferenceError, InferenceRequest, InferenceResponse, ModelMetadata } from "@sealserve/inference";

/** The answer to one request of a batch: a failure of one leaves the others alone. */
export type BatchResult = InferenceResponse | AnyInferenceError;

/** Implemented by every engine. Whoever creates it disposes it; disposing waits for what runs. */
export interface BatchRunner extends AsyncDisposable {
  /** How many batches may run at once: the engine's instances. Constant. */
  readonly concurrency: number;
  /** Constant; `versions` holds its own version only. */
  metadata(): ModelMetadata;
  /**
   * Runs requests together. All have the same input names, datatypes and shapes but for the first dimension; without a batch
   * dimension (`maxBatchSize` 0) there is exactly one. The result has one entry a request, in their order.
   * Rejects with `InferenceError` where the whole batch failed: `engine-failed`, `engine-unavailable`, `deadline-exceeded`.
   * When `signal` aborts, nobody wants the results any more: it may reject with `cancelled` early.
   */
  run(batch: readonly InferenceRequest[], signal: AbortSignal): Promise<readonly BatchResult[]>;
}
