// All backends that were discovered, each watched for as long as it is known.
import type { ModelStatus } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Discovery } from "../discovery/discovery.ts";
import type { BackendView } from "./backend-view.ts";
import { statusesOf } from "./no-backend.ts";
import { RoutedBackend, type RoutedBackendParts } from "./routed-backend.ts";
import { defaultRouterOptions, type RouterOptions } from "./router-options.ts";

export interface BackendPoolParts extends Omit<RoutedBackendParts, "onChange"> {
  readonly discovery: Discovery;
}

/** Disposing lets go of every backend; requests in flight fail. */
export interface BackendPool extends AsyncDisposable {
  /** For the router. */
  all(): readonly RoutedBackend[];
  /** As they stand, in the order in which they were found. */
  views(): readonly BackendView[];
  /** One status for each version, by name, then newest first: available where any backend that can be asked has it. */
  statuses(): readonly ModelStatus[];
  /** Whether at least one backend is routable. */
  ready(): boolean;
  /** Calls `act` after each report that says something new, and whenever a backend comes, goes, is ejected or let back in. */
  onChange(act: () => void): Disposable;
  /** The next report of each backend comes now. */
  hurry(): void;
}

/** Begins to watch at once. Options left out are as in `defaultRouterOptions`. */
export function openBackendPool(options: Partial<RouterOptions>, parts: BackendPoolParts): BackendPool {
  return new WatchedBackends({ ...defaultRouterOptions, ...options }, parts);
}

class WatchedBackends implements BackendPool {
  readonly #options: RouterOptions;
  readonly #parts: BackendPoolParts;
  readonly #backends = new Map<string, RoutedBackend>();
  readonly #retiring = new Set<RoutedBackend>();
  readonly #listeners = new Set<() => void>();
  readonly #sources = new DisposableStack();
  #all: readonly RoutedBackend[] = [];
  #statuses: readonly ModelStatus[] | null = null;

  constructor(options: RouterOptions, parts: BackendPoolParts) {
    this.#options = options;
    this.#parts = parts;
    const { discovery, desired } = parts;
    this.#sources.use(discovery.start((urls) => this.#found(urls)));
    this.#sources.use(desired.onChange(() => this.hurry()));
  }

  all(): readonly RoutedBackend[] {
    return this.#all;
  }

  views(): readonly BackendView[] {
    return this.#all.map((backend) => backend.view);
  }

  statuses(): readonly ModelStatus[] {
    this.#statuses ??= statusesOf(this.views());
    return this.#statuses;
  }

  ready(): boolean {
    return this.#all.some((backend) => backend.routable);
  }

  onChange(act: () => void): Disposable {
    this.#listeners.add(act);
    return { [Symbol.dispose]: () => this.#listeners.delete(act) };
  }

  hurry(): void {
    for (const backend of this.#all) backend.hurry();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sources.dispose();
    await Promise.all([...this.#all, ...this.#retiring].map((backend) => backend[Symbol.asyncDispose]()));
  }

  #found(urls: readonly string[]): void {
    const { logger } = this.#parts;
    for (const [url, backend] of this.#backends) {
      if (urls.includes(url)) continue;
      logger.info("a backend is gone", { backend: url });
      this.#backends.delete(url);
      this.#retire(backend);
    }
    for (const url of urls) if (!this.#backends.has(url)) this.#add(url);
    this.#all = [...this.#backends.values()];
    this.#changed();
  }

  #add(url: string): void {
    const { logger } = this.#parts;
    try {
      const backend = new RoutedBackend(url, this.#options, { ...this.#parts, onChange: () => this.#changed() });
      this.#backends.set(url, backend);
      logger.info("a backend was found", { backend: url });
    } catch (error) {
      logger.error("a backend cannot be linked", { backend: url, error });
    }
  }

  #retire(backend: RoutedBackend): void {
    this.#retiring.add(backend);
    backend.retire().then(
      () => this.#retiring.delete(backend),
      (error) =>
        this.#parts.logger.warn("a backend was not let go of", { backend: backend.url, reason: reasonOf(error) }),
    );
  }

  #changed(): void {
    this.#statuses = null;
    for (const act of this.#listeners) act();
  }
}
