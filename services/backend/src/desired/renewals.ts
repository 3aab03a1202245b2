// Loaded models whose settings changed: each is started anew beside the one that serves, and what went wrong with that.
import type { ModelStatus } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import type { LiveLoaders, ModelLoader } from "../model-loader.ts";

export class Renewals implements LiveLoaders {
  readonly #loaders = new Map<string, Set<ModelLoader>>();
  /** Why the last change of a loaded version was not taken. */
  readonly #failures = new WeakMap<ModelLoader, string>();
  readonly #logger: Logger;

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
  }

  add(model: string, loader: ModelLoader): void {
    const loaders = this.#loaders.get(model) ?? new Set();
    this.#loaders.set(model, loaders.add(loader));
  }

  remove(model: string, loader: ModelLoader): void {
    const loaders = this.#loaders.get(model);
    loaders?.delete(loader);
    if (loaders?.size === 0) this.#loaders.delete(model);
  }

  /** Fulfilled once every loaded version of these models runs with its settings, or goes on with those before. */
  async renew(models: readonly string[], signal: AbortSignal): Promise<void> {
    const loaders = models.flatMap((model) => [...(this.#loaders.get(model) ?? [])]);
    await Promise.all(loaders.map((loader) => this.#renew(loader, signal)));
  }

  /** The statuses, with a reason beside the versions whose last change was not taken. */
  explain(statuses: readonly ModelStatus[]): readonly ModelStatus[] {
    return statuses.map((status) => {
      if (status.state !== "available" || status.reason !== undefined) return status;
      const reason = this.#failureOf(status);
      return reason === undefined ? status : { ...status, reason };
    });
  }

  #failureOf({ name, version }: ModelStatus): string | undefined {
    for (const loader of this.#loaders.get(name) ?? []) {
      if (loader.version === version) return this.#failures.get(loader);
    }
    return undefined;
  }

  async #renew(loader: ModelLoader, signal: AbortSignal): Promise<void> {
    try {
      await loader.renew(signal);
      this.#failures.delete(loader);
    } catch (error) {
      const reason = `its new settings could not be taken: ${reasonOf(error)}`;
      this.#failures.set(loader, reason);
      this.#logger.warn("a model goes on with the settings it had", {
        model: loader.model,
        version: loader.version,
        error,
      });
    }
  }
}
