// Routes requests to backends: an inference service over all of them.
import {
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type InferenceService,
  isInferenceError,
  type ModelMetadata,
  type ModelSpec,
  type ModelStatus,
} from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";
import type { BackendPool } from "./backend-pool.ts";
import { leastLoaded } from "./least-loaded.ts";
import { isOf, noBackend } from "./no-backend.ts";
import type { RoutedBackend } from "./routed-backend.ts";
import { streamWithinDeadline, withinDeadline } from "./within-deadline.ts";

export interface BackendRouterParts {
  readonly pool: BackendPool;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`. */
  random(): number;
}

/**
 * Each request goes to the least loaded backend that has its model. One that was not started goes on to another backend; one that may have been
 * started fails: no request is answered by two. There is no queue: what nobody can take now is refused now. Throws, beside what backends
 * answer: `unreachable` where a backend broke off; `unavailable`, with what is missing, where none can be asked; `deadline-exceeded`.
 */
export function backendRouter(parts: BackendRouterParts): InferenceService {
  return new BackendRouter(parts);
}

class BackendRouter implements InferenceService {
  readonly #parts: BackendRouterParts;

  constructor(parts: BackendRouterParts) {
    this.#parts = parts;
  }

  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    return withinDeadline(request, signal, this.#parts.clock, (until) =>
      this.#route(request.model, wasNotStarted, (backend) =>
        backend.run(request.model.name, (service) => service.infer(request, until)),
      ),
    );
  }

  inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    return streamWithinDeadline(request, signal, this.#parts.clock, (until) => this.#stream(request, until));
  }

  /** Another backend is asked only before the first answer. */
  async *#stream(request: InferenceRequest, signal: AbortSignal): AsyncGenerator<InferenceResponse> {
    const { name } = request.model;
    const { first, answers } = await this.#route(request.model, wasNotStarted, async (backend) => {
      const answers = backend.stream(name, (service) => service.inferStream(request, signal));
      return { first: await answers.next(), answers };
    });
    try {
      if (first.done) return;
      yield first.value;
      yield* answers;
    } finally {
      await answers.return(undefined);
    }
  }

  async metadata(model: ModelSpec): Promise<ModelMetadata> {
    const metadata = await this.#route(model, isUnreachable, (backend) => backend.metadata.of(model));
    const versions = this.#statuses({ name: model.name }).filter(({ state }) => state === "available");
    return { ...metadata, versions: versions.map(({ version }) => version).reverse() };
  }

  async status(model: ModelSpec): Promise<readonly ModelStatus[]> {
    const found = this.#statuses(model);
    if (found.length === 0) throw noBackend(model, this.#parts.pool.views());
    return found;
  }

  async list(): Promise<readonly ModelStatus[]> {
    return this.#parts.pool.statuses();
  }

  #statuses(model: ModelSpec): readonly ModelStatus[] {
    return this.#parts.pool.statuses().filter((status) => isOf(status, model));
  }

  async #route<T>(
    model: ModelSpec,
    mayGoOn: (error: unknown) => boolean,
    ask: (backend: RoutedBackend) => Promise<T>,
  ): Promise<T> {
    const tried = new Set<RoutedBackend>();
    let refused: unknown = null;
    for (;;) {
      const backend = this.#choose(model, tried);
      if (!backend) throw refused ?? noBackend(model, this.#parts.pool.views());
      try {
        return await ask(backend);
      } catch (error) {
        if (!mayGoOn(error)) throw error;
        tried.add(backend);
        refused = said(error);
      }
    }
  }

  #choose(model: ModelSpec, tried: ReadonlySet<RoutedBackend>): RoutedBackend | null {
    const { pool, random } = this.#parts;
    const able = pool.all().filter((each) => each.has(model) && !tried.has(each));
    const routable = able.filter((each) => each.routable);
    const from = routable.length > 0 ? routable : able.filter((each) => each.lastResort);
    return (
      leastLoaded(
        from.map((backend) => ({ backend, ...backend.loadOf(model.name) })),
        random,
      )?.backend ?? null
    );
  }
}

function isUnreachable(error: unknown): boolean {
  return isInferenceError(error) && error.code === "unreachable";
}

function wasNotStarted(error: unknown): boolean {
  return isInferenceError(error) && error.code === "unreachable" && !error.facts.started;
}

/** What the backend itself said about a request that it did not begin with tells more than that it did not. */
function said(error: unknown): unknown {
  return error instanceof InferenceError && error.cause instanceof InferenceError ? error.cause : error;
}
