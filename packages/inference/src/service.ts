// The one interface between protocols and serving: implemented by the manager's service, by the remote service, by fakes.
import type { InferenceRequest, InferenceResponse } from "./message.ts";
import type { ModelMetadata, ModelSpec, ModelStatus } from "./model.ts";

/** Every method throws `InferenceError`: `model-not-found`, `version-not-found`, `model-not-ready`, and what it names. */
export interface InferenceService {
  /**
   * Answers one request; aborting `signal` gives up waiting (`cancelled`). Tensors of the answer belong to the caller.
   * Of a model of kind `fields` that gives several answers it is the last, with the bytes of all, and the parameters of the first.
   */
  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse>;
  /**
   * As `infer`, with every answer of a model that gives several, as they come; any other model gives the one that `infer` gives.
   * Whoever stops reading before the end gives the request up.
   */
  inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse>;
  /** Metadata of the version asked, or of the default one. */
  metadata(model: ModelSpec): Promise<ModelMetadata>;
  /** Every known version of the model, newest first, ended ones included; one if a version is given. */
  status(model: ModelSpec): Promise<readonly ModelStatus[]>;
  /** Every known version of every model, by name, then newest first. */
  list(): Promise<readonly ModelStatus[]>;
}
