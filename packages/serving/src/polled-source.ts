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
  #scanning: Promise<void> = Promise.resolve();

  constructor({ interval = 1000 }: PolledSourceOptions, parts: PolledSourceParts<T>) {
    this.#interval = interval;
    this.#parts = parts;
    this.first = this.#first.promise;
    // Told through `onProblem` too: whoever does not wait for the first scan need not catch it.
    this.first.catch(() => {});
  }

  /** Disposing waits for a scan that runs; nothing is emitted after that. */
  start(emit: AspiredVersions<T>): AsyncDisposable {
    if (this.#interval === null) this.#first.resolve();
    else this.#scanning = this.#scan(emit);
    return {
      [Symbol.asyncDispose]: () => {
        this.#stopped = true;
        this.#timer?.cancel();
        return this.#scanning;
      },
    };
  }

  async #scan(emit: AspiredVersions<T>): Promise<void> {
    try {
      const models = await this.#parts.scan();
      if (!this.#stopped) this.#emit(models, emit);
      this.#first.resolve();
    } catch (error) {
      this.#parts.onProblem(error);
      this.#first.reject(error);
    }
    if (this.#stopped || !this.#interval) return;
    this.#timer = this.#parts.clock.setTimer(this.#interval, () => {
      this.#scanning = this.#scan(emit);
    });
  }

  #emit(models: ReadonlyMap<string, readonly Version<T>[]>, emit: AspiredVersions<T>): void {
    for (const model of this.#present) if (!models.has(model)) emit(model, []);
    this.#present.clear();
    for (const [model, versions] of models) {
      emit(model, versions);
      if (versions.length > 0) this.#present.add(model);
    }
  }
}
