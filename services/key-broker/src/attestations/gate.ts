// Lets a few run at the same time and a bounded crowd wait in line; whoever comes beyond that is told to come again.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";

export interface GateOptions {
  readonly maxRunning: number;
  /** Those that run included. */
  readonly maxPending: number;
}

export class Gate {
  readonly #options: GateOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Runs `act` in its turn. Throws `too-many-requests`. */
  async pass<T>(act: () => Promise<T>): Promise<T> {
    const { maxRunning, maxPending } = this.#options;
    if (this.#running + this.#waiting.length >= maxPending) {
      throw new KeyBrokerError("too-many-requests", { retryAfter: 1 });
    }
    // Whoever ends hands his place on, so that nobody who comes between takes it.
    if (this.#running >= maxRunning) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
