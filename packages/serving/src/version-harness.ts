// The life of one version: load it with retries, count its handles, unload it when nobody holds it any more.
import type { ModelStatus } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "./clock.ts";
import { type Handle, Hold } from "./handle.ts";
import type { LoadSlots } from "./load-slots.ts";
import type { Loader } from "./loader.ts";
import type { Servable } from "./servable.ts";
import { stateOf, type VersionPhase } from "./version-phase.ts";

export interface RetryOptions {
  /** Loads after the first one that failed. */
  readonly count: number;
  /** Milliseconds before the first retry; each further one waits twice as long. */
  readonly firstDelay: number;
  /** Milliseconds: no retry waits longer. */
  readonly maxDelay: number;
  /** Whether a load that failed with this error may succeed later. */
  readonly worthwhile: (error: unknown) => boolean;
}

export interface HarnessOptions {
  readonly model: string;
  readonly version: string;
  readonly retries: RetryOptions;
}

export interface HarnessParts {
  readonly loader: Loader;
  readonly clock: Clock;
  readonly slots: LoadSlots;
  /** Called after each change of the phase. */
  readonly onPhase: (harness: VersionHarness) => void;
}

/** Phases only go forward; a version that comes back after its end gets a new harness. */
export class VersionHarness {
  readonly version: string;
  /** Whether the version ought to be there, by the last list of aspired versions. */
  aspired = true;
  /** Fulfilled at the end of this life. */
  readonly ended: Promise<void>;
  readonly #model: string;
  readonly #retries: RetryOptions;
  readonly #parts: HarnessParts;
  readonly #end = Promise.withResolvers<void>();
  /** Aborts a load that runs; never once the servable is there. */
  readonly #abort = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #release: () => void;
  #released: (() => void) | null = null;
  #stopping = false;
  #phase: VersionPhase = "new";
  #reason: string | null = null;
  #servable: Servable | null = null;
  #handles = 0;

  constructor({ model, version, retries }: HarnessOptions, parts: HarnessParts) {
    this.#model = model;
    this.version = version;
    this.#retries = retries;
    this.#parts = parts;
    this.ended = this.#end.promise;
    this.#release = () => {
      this.#handles--;
      if (this.#handles === 0) this.#released?.();
    };
  }

  get phase(): VersionPhase {
    return this.#phase;
  }

  get status(): ModelStatus {
    const status = { name: this.#model, version: this.version, state: stateOf(this.#phase) };
    return this.#reason === null ? status : { ...status, reason: this.#reason };
  }

  /** A hold on the servable, or null if the version is not available. */
  acquire(): Handle | null {
    if (this.#phase !== "available" || this.#servable === null) return null;
    this.#handles++;
    return new Hold(this.#model, this.version, this.#servable, this.#release);
  }

  /** Begins to load a version in phase `new`. */
  load(): void {
    this.#enter("approved");
    void this.#live();
  }

  /** Ends this life as soon as its handles allow; a load that runs is told to stop. What failed before is then gone like any other. */
  unload(): void {
    if (this.#stopping) return;
    if (this.#phase === "ended") {
      this.#reason = null;
      this.#parts.onPhase(this);
      return;
    }
    this.#stopping = true;
    this.#stopped.resolve();
    if (this.#phase === "available") this.#enter("quiescing");
    else if (this.#phase === "new") this.#finish();
    else {
      this.#enter("aborting");
      this.#abort.abort();
    }
  }

  async #live(): Promise<void> {
    const servable = await this.#loadWithRetries();
    if (servable !== null) {
      if (!this.#stopping) await this.#serve(servable);
      await this.#unload();
    }
    this.#finish();
  }

  /** null: it failed for good, or was told to stop. */
  async #loadWithRetries(): Promise<Servable | null> {
    const { signal } = this.#abort;
    for (let failures = 0; ; failures++) {
      try {
        using slot = await this.#parts.slots.acquire(signal);
        if (slot === null || this.#stopping) return null;
        this.#enter("loading");
        return await this.#parts.loader.load(signal);
      } catch (error) {
        if (this.#stopping) return null;
        this.#reason = reasonOf(error);
        if (failures >= this.#retries.count || !this.#retries.worthwhile(error)) return null;
        await this.#backOff(failures, reasonOf(error));
        if (this.#stopping) return null;
      }
    }
  }

  async #backOff(failures: number, reason: string): Promise<void> {
    const { count, firstDelay, maxDelay } = this.#retries;
    const delay = Math.min(firstDelay * 2 ** failures, maxDelay);
    this.#reason = `${reason} (retry ${failures + 1} of ${count} in ${delay} ms)`;
    this.#enter("backing-off");
    const over = Promise.withResolvers<void>();
    const timer = this.#parts.clock.setTimer(delay, over.resolve);
    await Promise.race([over.promise, this.#stopped.promise]);
    timer.cancel();
    this.#reason = reason;
  }

  async #serve(servable: Servable): Promise<void> {
    this.#servable = servable;
    this.#reason = null;
    this.#enter("available");
    await this.#stopped.promise;
    if (this.#handles > 0) await new Promise<void>((resolve) => (this.#released = resolve));
    this.#servable = null;
  }

  async #unload(): Promise<void> {
    this.#enter("unloading");
    try {
      await this.#parts.loader.unload();
    } catch (error) {
      this.#reason = `unloading failed: ${reasonOf(error)}`;
    }
  }

  #finish(): void {
    this.#enter("ended");
    this.#end.resolve();
  }

  #enter(phase: VersionPhase): void {
    this.#phase = phase;
    this.#parts.onPhase(this);
  }
}
