// A loader whose loads and unloads end when the test says so.
import type { Loader, Resources, Servable } from "@sealserve/serving";
import { echo, HandDrivenRunner } from "./hand-driven-runner.ts";

export class HandDrivenLoader implements Loader {
  /** Loads so far. */
  loads = 0;
  /** Unloads so far. */
  unloads = 0;
  /** The signal of the last load. */
  signal: AbortSignal | null = null;
  #load = Promise.withResolvers<Servable>();
  readonly #unload = Promise.withResolvers<void>();
  readonly #holdUnload: boolean;

  /** `holdUnload`: unloading waits for `finishUnload`. */
  constructor({ holdUnload = false }: { readonly holdUnload?: boolean } = {}) {
    this.#holdUnload = holdUnload;
  }

  estimate(): Resources {
    return { memory: 0 };
  }

  load(signal: AbortSignal): Promise<Servable> {
    this.loads++;
    this.signal = signal;
    this.#load = Promise.withResolvers<Servable>();
    return this.#load.promise;
  }

  unload(): Promise<void> {
    this.unloads++;
    return this.#holdUnload ? this.#unload.promise : Promise.resolve();
  }

  /** Ends the load that runs, with an echo servable or with this one. */
  succeed(servable: Servable = echoServable()): void {
    this.#load.resolve(servable);
  }

  fail(error: unknown): void {
    this.#load.reject(error);
  }

  finishUnload(): void {
    this.#unload.resolve();
  }
}

/** Answers every request with its inputs. */
export function echoServable(): Servable {
  const metadata = new HandDrivenRunner().metadata();
  return { infer: (request) => Promise.resolve(echo(request)), metadata: () => metadata };
}
