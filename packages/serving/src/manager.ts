// Makes the loaded versions match the aspired ones, and hands out holds on them.
import { InferenceError, type ModelSpec, type ModelStatus } from "@sealserve/inference";
import type { Clock } from "./clock.ts";
import type { Handle } from "./handle.ts";
import { LoadSlots } from "./load-slots.ts";
import type { Loader } from "./loader.ts";
import { ModelVersions } from "./model-versions.ts";
import type { Version } from "./version.ts";
import { type RetryOptions, VersionHarness } from "./version-harness.ts";
import { availabilityPreserving, type VersionPolicy } from "./version-policy.ts";

export interface ManagerOptions {
  /** Default: {@link availabilityPreserving}. */
  readonly policy?: VersionPolicy;
  /** Default: 5 retries after 1 s, 2 s, 4 s, … at most 60 s, whatever the error. */
  readonly retries?: Partial<RetryOptions>;
  /** Versions that may load at once. Default: 4. */
  readonly loadConcurrency?: number;
  /** Ended versions of each model that stay visible once they are not aspired any more. Default: 8. */
  readonly keepEndedVersions?: number;
  /** Models that stay visible once nothing of them is left. Default: 1000. */
  readonly keepGoneModels?: number;
}

export interface ManagerParts {
  readonly clock: Clock;
  /** Told of each change of a version's state or reason, in order. Must not throw. */
  readonly onState?: (status: ModelStatus) => void;
}

const defaultRetries: RetryOptions = { count: 5, firstDelay: 1000, maxDelay: 60_000, worthwhile: () => true };

/**
 * Whoever creates it disposes it: that waits for all handles and unloads everything. A version that ended by failure is loaded
 * anew only after it was left out of the aspired list and came back.
 */
export class Manager implements AsyncDisposable {
  readonly #options: Required<ManagerOptions> & { readonly retries: RetryOptions };
  readonly #parts: ManagerParts;
  readonly #slots: LoadSlots;
  readonly #models = new Map<string, ModelVersions>();
  /** By model, where one was chosen. */
  readonly #defaults = new Map<string, string>();
  #waiters: (() => void)[] = [];
  #closed = false;

  constructor(options: ManagerOptions, parts: ManagerParts) {
    this.#options = {
      policy: availabilityPreserving,
      loadConcurrency: 4,
      keepEndedVersions: 8,
      keepGoneModels: 1000,
      ...options,
      retries: { ...defaultRetries, ...options.retries },
    };
    this.#parts = parts;
    this.#slots = new LoadSlots(this.#options.loadConcurrency);
  }

  /** Says which versions of `model` ought to be there; all others go. Repeating a list is harmless. Returns at once. */
  setAspired(model: string, versions: readonly Version<Loader>[]): void {
    if (this.#closed) return;
    let known = this.#models.get(model);
    if (known === undefined) {
      if (versions.length === 0) return;
      known = this.#createModel(model);
      this.#models.set(model, known);
    }
    known.setAspired(versions);
    this.#afterChange();
  }

  /** Chooses the version that is served where none is named, as long as it is aspired; null: the newest available one. */
  setDefault(model: string, version: string | null): void {
    if (version === null) this.#defaults.delete(model);
    else this.#defaults.set(model, version);
  }

  /** The version that is served where none is named; null where that is none. */
  defaultVersion(model: string): string | null {
    return this.#models.get(model)?.serving(this.#defaults.get(model))?.version ?? null;
  }

  /**
   * A hold on the version named, or on the default one. Cheap: one for each request, released by `using`.
   * Throws `model-not-found`, `version-not-found`, `model-not-ready` with the reason, or `shutting-down`.
   */
  acquire(spec: ModelSpec): Handle {
    if (this.#closed) throw new InferenceError("shutting-down", {});
    const versions = this.#find(spec.name);
    const harness =
      spec.version === undefined ? versions.serving(this.#defaults.get(spec.name)) : versions.find(spec.version);
    const handle = harness?.acquire();
    if (handle) return handle;
    if (harness === null && spec.version !== undefined) throw versionNotFound(spec.name, spec.version);
    throw notReady(spec, harness?.status ?? mostTelling(versions));
  }

  /** The versions that are available, oldest first. Throws `model-not-found`. */
  available(model: string): readonly string[] {
    return this.#find(model).available;
  }

  /**
   * The state of the version named, or of all versions of the model, newest first.
   * Throws `model-not-found` or `version-not-found`.
   */
  status(spec: ModelSpec): ModelStatus[] {
    const versions = this.#find(spec.name);
    if (spec.version === undefined) return versions.newestFirst().map(({ status }) => status);
    const harness = versions.find(spec.version);
    if (harness === null) throw versionNotFound(spec.name, spec.version);
    return [harness.status];
  }

  /** The state of every version of every model: by name, then newest first. */
  list(): ModelStatus[] {
    const models = [...this.#models].sort(([a], [b]) => (a < b ? -1 : 1));
    return models.flatMap(([, versions]) => versions.newestFirst().map(({ status }) => status));
  }

  /** Fulfilled when every version aspired now is available or has failed for good. */
  settled(): Promise<void> {
    if (this.#isSettled()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#models.values()].map((versions) => versions.end()));
  }

  #find(model: string): ModelVersions {
    const versions = this.#models.get(model);
    if (versions === undefined) throw new InferenceError("model-not-found", { model });
    return versions;
  }

  #createModel(model: string): ModelVersions {
    const { policy, retries, keepEndedVersions } = this.#options;
    const told = new WeakMap<VersionHarness, string>();
    const tell = (harness: VersionHarness): void => {
      const { status } = harness;
      const news = `${status.state} ${status.reason ?? ""}`;
      if (told.get(harness) !== news) this.#parts.onState?.(status);
      told.set(harness, news);
    };
    const onPhase = (harness: VersionHarness): void => {
      tell(harness);
      versions.converge();
      this.#afterChange();
    };
    const parts = { clock: this.#parts.clock, slots: this.#slots, onPhase };
    const begin = ({ version, item: loader }: Version<Loader>): VersionHarness => {
      const harness = new VersionHarness({ model, version, retries }, { loader, ...parts });
      tell(harness);
      return harness;
    };
    const versions = new ModelVersions({ policy, keepEnded: keepEndedVersions }, { begin });
    return versions;
  }

  #afterChange(): void {
    const gone = [...this.#models].filter(([, versions]) => versions.gone);
    for (const [model] of gone.slice(0, Math.max(0, gone.length - this.#options.keepGoneModels))) {
      this.#models.delete(model);
    }
    if (this.#waiters.length === 0 || !this.#isSettled()) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  #isSettled(): boolean {
    return [...this.#models.values()].every((versions) => versions.settled);
  }
}

function versionNotFound(model: string, version: string): InferenceError<"version-not-found"> {
  return new InferenceError("version-not-found", { model, version });
}

/** The status that says best why a model has no available version: of the newest that is on its way, else of the newest. */
function mostTelling(versions: ModelVersions): ModelStatus | undefined {
  const all = versions.newestFirst();
  return (all.find(({ aspired, phase }) => aspired && phase !== "ended") ?? all[0])?.status;
}

const reasons = {
  start: "it waits to be loaded",
  loading: "it is being loaded",
  available: "it is available",
  unloading: "it is being unloaded",
  end: "it was unloaded",
} as const;

function notReady({ name, version }: ModelSpec, status: ModelStatus | undefined): InferenceError<"model-not-ready"> {
  const state = status?.state ?? "end";
  return new InferenceError("model-not-ready", {
    model: name,
    version: version ?? null,
    state,
    reason: status?.reason ?? reasons[state],
  });
}
