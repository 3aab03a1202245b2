// A hold on one loaded version: while it is held, the version is not unloaded.
import type { Servable } from "./servable.ts";

/** For one request, by `using`. Do not hold it longer: unloading waits for it. */
export interface Handle extends Disposable {
  readonly model: string;
  readonly version: string;
  readonly servable: Servable;
}

/** A handle that calls `release` once, however often it is disposed. */
export class Hold implements Handle {
  readonly model: string;
  readonly version: string;
  readonly servable: Servable;
  #release: (() => void) | null;

  constructor(model: string, version: string, servable: Servable, release: () => void) {
    this.model = model;
    this.version = version;
    this.servable = servable;
    this.#release = release;
  }

  [Symbol.dispose](): void {
    const release = this.#release;
    this.#release = null;
    release?.();
  }
}
