// The inference service of this process: every call holds a version of the manager's for as long as it lasts.
import type {
  InferenceRequest,
  InferenceResponse,
  InferenceService,
  ModelMetadata,
  ModelSpec,
  ModelStatus,
} from "@sealserve/inference";
import type { Handle } from "./handle.ts";
import type { Manager } from "./manager.ts";
import { watchedStream } from "./watched-stream.ts";

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

  inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    let handle: Handle | null = null;
    return watchedStream({
      begin: () => {
        handle = this.#manager.acquire(request.model);
        const { servable } = handle;
        return servable.inferStream?.(request, signal) ?? only(servable.infer(request, signal));
      },
      over: () => handle?.[Symbol.dispose](),
    });
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

async function* only<T>(answer: Promise<T>): AsyncIterable<T> {
  yield await answer;
}
