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
import { checkRoot } from "./sealed/check-root.ts";
import type { ModelRoots } from "./sealed/model-roots.ts";
import { measureModel } from "./trust/measured-files.ts";
import type { RefusedModels } from "./trust/refused-models.ts";
import type { SealedProgress } from "./trust/sealed-progress.ts";

export interface ModelLoaderParts {
  readonly engines: HostingParts;
  readonly clock: Clock;
  readonly statistics: StatisticsRegistry;
  readonly loaded: LoadedModels;
  readonly failed: FailedVersions;
  readonly refused: RefusedModels;
  readonly roots: ModelRoots;
  readonly progress: SealedProgress;
}

export interface ModelLoaderOptions {
  readonly model: string;
  readonly version: string;
  readonly item: OpenableModel;
  readonly settings: ModelSettings;
  /** Every model is read into memory and measured, sealed or not: evidence names what is loaded. */
  readonly measured: boolean;
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
    try {
      return await this.#load(signal);
    } catch (error) {
      const { progress, refused } = this.#parts;
      progress.refused(this.#options, error);
      progress.asksAgainIn(this.#options, refused.refused(this.#options, error));
      throw error;
    }
  }

  async #load(signal: AbortSignal): Promise<Servable> {
    const { model, version, item, settings } = this.#options;
    const { failed, loaded, progress, roots } = this.#parts;
    await failed.remember(model, version, item);
    // Whether this lies sealed is for its opener to say, not for what lay here before and failed.
    progress.unloaded({ model, version });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => {
      roots.remove(model, version);
    });
    const opened = applySettings(await item.open(signal), settings);
    stack.defer(async () => opened.files.close?.());
    const definition = await this.#measured(opened);
    const servable = await this.#build(definition, stack, signal);
    loaded.add(definition, servable.metadata());
    stack.defer(() => loaded.remove(model, version));
    this.#parts.refused.loaded({ model, version });
    progress.loaded({ model, version });
    stack.defer(() => progress.unloaded({ model, version }));
    this.#stack = stack.move();
    return servable;
  }

  async unload(): Promise<void> {
    await this.#stack?.disposeAsync();
    this.#stack = null;
  }

  /** A sealed model has its root from its seal. One that is not must be expected too: else it could take a sealed one's place. */
  async #measured(definition: ModelDefinition): Promise<ModelDefinition> {
    const { roots, progress } = this.#parts;
    const { model, version, measured, settings } = this.#options;
    const expected = settings.roots ?? null;
    if (progress.knows({ model, version }) || (!measured && !expected)) return definition;
    const { definition: proved, root } = await measureModel(definition);
    checkRoot(model, root, expected);
    roots.add(model, version, root);
    return proved;
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
