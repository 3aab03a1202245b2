// Brings one version of a model into memory: its definition, the engine that runs it, and the wrappers around that.
import { isDeepStrictEqual } from "node:util";
import type { ModelCode } from "@sealserve/attestation/attester";
import { createRunner, type HostingParts, type ModelDefinition, type OpenableModel } from "@sealserve/engines";
import type { SequenceHeaders } from "@sealserve/inference";
import {
  type BatchRunner,
  type Clock,
  checked,
  type Loader,
  measured,
  type Replaceable,
  type Resources,
  replaceable,
  type Scheduled,
  type Servable,
  type StatisticsRegistry,
} from "@sealserve/serving";
import { type AppliedSettings, applySettings } from "./apply-settings.ts";
import { type ArchiveDefaults, withArchiveDefaults } from "./archive-defaults.ts";
import type { FailedVersions } from "./failed-versions.ts";
import type { LoadedModels } from "./loaded-models.ts";
import { scheduleRequests } from "./schedule-requests.ts";
import { checkRoot } from "./sealed/check-root.ts";
import type { ModelRoots } from "./sealed/model-roots.ts";
import { measureModel } from "./trust/measured-files.ts";
import { checkModelCode } from "./trust/model-code.ts";
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
  /** Where it is found while it is loaded, or on its way. */
  readonly live: LiveLoaders;
  /** Random UUIDs. */
  readonly newId: () => string;
}

/** Loaders by the model that they load. */
export interface LiveLoaders {
  add(model: string, loader: ModelLoader): void;
  remove(model: string, loader: ModelLoader): void;
}

/** What answers, and what it was made from. */
interface Running {
  readonly definition: ModelDefinition;
  readonly runner: BatchRunner;
  readonly scheduled: Scheduled;
  readonly servable: Servable;
  readonly stack: AsyncDisposableStack;
}

interface Loaded {
  /** Without settings. */
  readonly base: ModelDefinition;
  readonly outside: Replaceable;
  running: Running;
}

export interface ModelLoaderOptions {
  readonly model: string;
  readonly version: string;
  readonly item: OpenableModel;
  /** As they are when it is asked. */
  settings(): AppliedSettings;
  /** What an archive is told that says nothing of it. */
  readonly defaults: ArchiveDefaults;
  /** Every model is read into memory and measured, sealed or not: evidence names what is loaded. */
  readonly measured: boolean;
  /** Which models' code may run. */
  readonly modelCode: ModelCode;
  /** Which headers name the sequence of a request. */
  readonly sequenceHeaders: SequenceHeaders;
}

export class ModelLoader implements Loader {
  readonly #options: ModelLoaderOptions;
  readonly #parts: ModelLoaderParts;
  #stack: AsyncDisposableStack | null = null;
  #loaded: Loaded | null = null;
  /** The load, the renewal or the unloading that runs: one at a time. */
  #working: Promise<void> = Promise.resolve();

  constructor(options: ModelLoaderOptions, parts: ModelLoaderParts) {
    this.#options = options;
    this.#parts = parts;
  }

  get model(): string {
    return this.#options.model;
  }

  get version(): string {
    return this.#options.version;
  }

  /** What a version needs is known only once it is open, which is too late to ask. */
  estimate(): Resources {
    return { memory: 0 };
  }

  load(signal: AbortSignal): Promise<Servable> {
    return this.#alone(async () => {
      try {
        return await this.#load(signal);
      } catch (error) {
        const { progress, refused } = this.#parts;
        progress.refused(this.#options, error);
        progress.asksAgainIn(this.#options, refused.refused(this.#options, error));
        throw error;
      }
    });
  }

  async #load(signal: AbortSignal): Promise<Servable> {
    const { model, version, item, defaults, modelCode } = this.#options;
    const { failed, live, loaded, progress, refused, roots } = this.#parts;
    loaded.begin(model, version);
    await failed.remember(model, version, item);
    // Whether this lies sealed is for its opener to say, not for what lay here before and failed.
    progress.unloaded({ model, version });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => {
      roots.remove(model, version);
    });
    live.add(model, this);
    stack.defer(() => live.remove(model, this));
    const opened = await item.open(signal);
    stack.defer(async () => opened.files.close?.());
    const base = withArchiveDefaults(await this.#measured(opened), defaults);
    checkModelCode(base, roots.find(model, version), modelCode);
    const definition = applySettings(base, this.#options.settings());
    loaded.opened(definition);
    const running = await this.#start(definition, signal);
    const now: Loaded = { base, outside: replaceable(running.servable), running };
    stack.defer(() => now.running.stack.disposeAsync());
    this.#tell(running);
    stack.defer(() => loaded.remove(model, version));
    refused.loaded({ model, version });
    progress.loaded({ model, version });
    stack.defer(() => progress.unloaded({ model, version }));
    this.#stack = stack.move();
    this.#loaded = now;
    return measured(now.outside.servable, this.#parts.statistics.of(model, version));
  }

  /**
   * Takes the settings as they are now. Where their number only is another one, instances are added or ended; else its engine starts
   * anew, and the one before serves until then, and longer where this throws.
   */
  renew(signal: AbortSignal): Promise<void> {
    return this.#alone(async () => {
      const loaded = this.#loaded;
      if (!loaded) return;
      const definition = applySettings(loaded.base, this.#options.settings());
      const before = loaded.running;
      if (isDeepStrictEqual(settingsOf(definition, before), settingsOf(before.definition, before))) {
        if (definition.instances !== before.definition.instances) {
          await before.scheduled.resize(definition.instances, signal);
        }
        loaded.running = { ...before, definition };
        this.#tell(loaded.running);
        return;
      }
      loaded.running = await this.#start(definition, signal);
      this.#tell(loaded.running);
      await loaded.outside.replace(loaded.running.servable);
      await before.stack.disposeAsync();
    });
  }

  unload(): Promise<void> {
    return this.#alone(async () => {
      this.#loaded = null;
      await this.#stack?.disposeAsync();
      this.#stack = null;
    });
  }

  #tell({ definition, servable, runner }: Running): void {
    this.#parts.loaded.add(definition, servable.metadata(), () => runner.instances?.() ?? []);
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#working.then(act);
    this.#working = done.then(nothing, nothing);
    return done;
  }

  /** A sealed model has its root from its seal. One that is not must be expected too: else it could take a sealed one's place. */
  async #measured(definition: ModelDefinition): Promise<ModelDefinition> {
    const { roots, progress } = this.#parts;
    const { model, version, measured } = this.#options;
    const expected = this.#options.settings().roots ?? null;
    if (progress.knows({ model, version }) || (!measured && !expected)) return definition;
    const { definition: proved, root } = await measureModel(definition);
    checkRoot(model, root, expected);
    roots.add(model, version, root);
    return proved;
  }

  async #start(definition: ModelDefinition, signal: AbortSignal): Promise<Running> {
    const { engines, clock, statistics: registry, newId } = this.#parts;
    const { model, version, sequenceHeaders } = this.#options;
    await using stack = new AsyncDisposableStack();
    const runner = stack.use(await createRunner(definition, engines, signal));
    const parts = { runner, clock, statistics: registry.of(model, version), newId };
    const scheduled = stack.use(scheduleRequests(definition, sequenceHeaders, parts));
    return { definition, runner, scheduled, servable: checked(scheduled), stack: stack.move() };
  }
}

/** What an engine cannot change while it runs: the number of its instances only where it cannot be resized. */
function settingsOf({ instances, maxBatchSize, responseTimeout, batching }: ModelDefinition, { runner }: Running) {
  return { maxBatchSize, responseTimeout, batching, ...(!runner.resize && { instances }) };
}

function nothing(): void {}
