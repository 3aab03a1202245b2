// A source whose versions never change.
import type { AspiredVersions, Source } from "./source.ts";
import type { Version } from "./version.ts";

export class FixedSource<T> implements Source<T> {
  readonly #models: ReadonlyMap<string, readonly Version<T>[]>;

  /** `models`: the aspired versions by model name. */
  constructor(models: ReadonlyMap<string, readonly Version<T>[]>) {
    this.#models = models;
  }

  /** Emits everything before it returns; to dispose it changes nothing. */
  start(emit: AspiredVersions<T>): AsyncDisposable {
    for (const [model, versions] of this.#models) emit(model, versions);
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}
