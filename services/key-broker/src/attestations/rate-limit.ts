// Admits so many requests a second in the long run, and so many at once in the short.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";

export interface RateLimitOptions {
  /** Requests a second. */
  readonly rate: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** A token bucket; `now` is in milliseconds and never goes back. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(options: RateLimitOptions, { now }: { readonly now: () => number }) {
    this.#options = options;
    this.#now = now;
    this.#left = options.burst;
    this.#at = now();
  }

  /** Throws `too-many-requests`. */
  admit(): void {
    const { rate, burst } = this.#options;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * rate) / 1000);
    this.#at = now;
    if (this.#left < 1)
      throw new KeyBrokerError("too-many-requests", { retryAfter: Math.ceil((1 - this.#left) / rate) });
    this.#left--;
  }
}
