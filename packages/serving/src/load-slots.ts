// A limit on how many loads run at once, first come, first served.

type Grant = (slot: Disposable) => void;

export class LoadSlots {
  #free: number;
  readonly #waiting = new Set<Grant>();

  constructor(count: number) {
    this.#free = count;
  }

  /** A place to load in, freed when it is disposed; null if `signal` aborts before there is one. */
  acquire(signal: AbortSignal): Promise<Disposable | null> {
    if (signal.aborted) return Promise.resolve(null);
    if (this.#free > 0) return Promise.resolve(this.#take());
    const { promise, resolve } = Promise.withResolvers<Disposable | null>();
    const giveUp = (): void => {
      this.#waiting.delete(grant);
      resolve(null);
    };
    const grant: Grant = (slot) => {
      signal.removeEventListener("abort", giveUp);
      resolve(slot);
    };
    this.#waiting.add(grant);
    signal.addEventListener("abort", giveUp, { once: true });
    return promise;
  }

  #take(): Disposable {
    this.#free--;
    return { [Symbol.dispose]: () => this.#release() };
  }

  #release(): void {
    this.#free++;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next(this.#take());
  }
}
