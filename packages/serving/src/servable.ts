// What answers requests for one version of a model.
import type { InferenceRequest, InferenceResponse, ModelMetadata } from "@sealserve/inference";

/** Implemented by engines, and by wrappers around a servable: batching, checking, measuring, remoting. */
export interface Servable {
  /**
   * Answers one request; may be called while others run. When `signal` aborts, it rejects with `cancelled` soon, even if the
   * engine cannot stop. Throws `InferenceError`. The tensors of the response belong to the caller.
   */
  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse>;
  /** Several answers to one request, in order. Absent: this servable gives one. */
  inferStream?(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse>;
  /** Cheap and constant while the servable lives; `versions` holds its own version only. */
  metadata(): ModelMetadata;
}
