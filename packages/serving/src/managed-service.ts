// The inference service of this process: every call holds a version of the manager's for as long as it lasts.
import type {
  InferenceRequest,
  InferenceResponse,
  InferenceService,
  ModelMetadata,
  ModelSpec,
  ModelStatus,
} from "@sealserve/inference";
import type { Manager } from "./manager.ts";

/** Does not own `manager`. */
export function managedService(manager: Manager): InferenceService {
  return new ManagedService(manager);
}

class ManagedService implements InferenceService {
  readonly #manager: Manager;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  async infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    using handle = this.#manager.acquire(request.model);
    return await handle.servable.infer(request, signal);
  }

  async *inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    using handle = this.#manager.acquire(request.model);
    const { servable } = handle;
    if (servable.inferStream) yield* servable.inferStream(request, signal);
    else yield await servable.infer(request, signal);
  }

  async metadata(model: ModelSpec): Promise<ModelMetadata> {
    using handle = this.#manager.acquire(model);
    return { ...handle.servable.metadata(), versions: this.#manager.available(model.name) };
  }

  async status(model: ModelSpec): Promise<readonly ModelStatus[]> {
    return this.#manager.status(model);
  }

  async list(): Promise<readonly ModelStatus[]> {
    return this.#manager.list();
  }
}
