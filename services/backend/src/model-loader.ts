// Brings one version of a model into memory: its definition, the engine that runs it, and the wrappers around that.
import { createRunner, type HostingParts, type ModelDefinition, type OpenableModel } from "@sealserve/engines";
import {
  batched,
  type Clock,
  checked,
  type Loader,
  measured,
  type Resources,
  type Servable,
  type StatisticsRegistry,
} from "@sealserve/serving";
import { applySettings } from "./apply-settings.ts";
import type { ModelSettings } from "./config.ts";
import type { FailedVersions } from "./failed-versions.ts";
import type { LoadedModels } from "./loaded-models.ts";

export interface ModelLoaderParts {
  readonly engines: HostingParts;
  readonly clock: Clock;
  readonly statistics: StatisticsRegistry;
  readonly loaded: LoadedModels;
  readonly failed: FailedVersions;
}

export interface ModelLoaderOptions {
  readonly model: string;
  readonly version: string;
  readonly item: OpenableModel;
  readonly settings: ModelSettings;
}

export class ModelLoader implements Loader {
  readonly #options: ModelLoaderOptions;
  readonly #parts: ModelLoaderParts;
  #stack: AsyncDisposableStack | null = null;

  constructor(options: ModelLoaderOptions, parts: ModelLoaderParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** What a version needs is known only once it is open, which is too late to ask. */
  estimate(): Resources {
    return { memory: 0 };
  }

  async load(signal: AbortSignal): Promise<Servable> {
    const { model, version, item, settings } = this.#options;
    const { failed, loaded } = this.#parts;
    await failed.remember(model, version, item);
    const definition = applySettings(await item.open(signal), settings);
    await using stack = new AsyncDisposableStack();
    const servable = await this.#build(definition, stack, signal);
    loaded.add(definition, servable.metadata());
    stack.defer(() => loaded.remove(model, version));
    this.#stack = stack.move();
    return servable;
  }

  async unload(): Promise<void> {
    await this.#stack?.disposeAsync();
    this.#stack = null;
  }

  async #build(definition: ModelDefinition, stack: AsyncDisposableStack, signal: AbortSignal): Promise<Servable> {
    const { engines, clock, statistics: registry } = this.#parts;
    const { model, version } = this.#options;
    const runner = stack.use(await createRunner(definition, engines, signal));
    const statistics = registry.of(model, version);
    const batcher = stack.use(batched(definition.batching, { runner, clock, statistics }));
    return measured(checked(batcher), statistics);
  }
}
