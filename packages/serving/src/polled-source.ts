// A source that looks again and again which versions there are.
import type { Clock, Timer } from "./clock.ts";
import type { AspiredVersions, Source } from "./source.ts";
import type { Version } from "./version.ts";

export interface PolledSourceOptions {
  /** Milliseconds between scans; 0: one scan only; null: none at all. Default: 1000. */
  readonly interval?: number | null;
}

export interface PolledSourceParts<T> {
  /** The versions of every model that there are now. It throws where it cannot tell, such as when the base folder is away. */
  readonly scan: () => Promise<ReadonlyMap<string, readonly Version<T>[]>>;
  readonly clock: Clock;
  /** Told why a scan failed. Must not throw. */
  readonly onProblem: (error: unknown) => void;
}

/** To be started once. A scan that fails unloads nothing; a model that a scan does not find any more gets an empty list. */
export class PolledSource<T> implements Source<T> {
  /** Settles with the first scan, once its versions are emitted; rejects where that scan failed. At once without scans. */
  readonly first: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  readonly #interval: number | null;
  readonly #parts: PolledSourceParts<T>;
  /** Models whose last list was not empty. */
  readonly #present = new Set<string>();
  #stopped = false;
  #timer: Timer | null = null;
  /** The scan that runs, or that waits for the one that does. */
  #scanning: Promise<void> | null = null;
  #emit: AspiredVersions<T> | null = null;

  constructor({ interval = 1000 }: PolledSourceOptions, parts: PolledSourceParts<T>) {
    this.#interval = interval;
    this.#parts = parts;
    this.first = this.#first.promise;
    // Told through `onProblem` too: whoever does not wait for the first scan need not catch it.
    this.first.catch(() => {});
  }

  /** Disposing waits for a scan that runs; nothing is emitted after that. */
  start(emit: AspiredVersions<T>): AsyncDisposable {
    this.#emit = emit;
    if (this.#interval === null) this.#first.resolve();
    else this.look().then(this.#first.resolve, this.#first.reject);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#stopped = true;
        this.#timer?.cancel();
        await this.#scanning?.catch(() => {});
      },
    };
  }

  /** Scans now, after a scan that runs, and emits what it finds before it returns. Throws what the scan throws. */
  look(): Promise<void> {
    const scan = (): Promise<void> => this.#scan();
    const looked = this.#scanning ? this.#scanning.then(scan, scan) : scan();
    this.#scanning = looked;
    const done = (): void => {
      if (this.#scanning === looked) this.#scanning = null;
    };
    looked.then(done, done);
    return looked;
  }

  async #scan(): Promise<void> {
    if (this.#stopped) return;
    this.#timer?.cancel();
    try {
      const models = await this.#parts.scan();
      if (!this.#stopped) this.#emitAll(models);
    } catch (error) {
      this.#parts.onProblem(error);
      throw error;
    } finally {
      if (!this.#stopped && this.#interval) {
        // What it throws was told.
        this.#timer = this.#parts.clock.setTimer(this.#interval, () => void this.look().catch(() => {}));
      }
    }
  }

  #emitAll(models: ReadonlyMap<string, readonly Version<T>[]>): void {
    const emit = this.#emit ?? (() => {});
    for (const model of this.#present) if (!models.has(model)) emit(model, []);
    this.#present.clear();
    for (const [model, versions] of models) {
      emit(model, versions);
      if (versions.length > 0) this.#present.add(model);
    }
  }
}
