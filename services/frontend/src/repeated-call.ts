// Calls something again and again: one call at a time, each with a time limit, a jittered pause between two.
import type { Clock, Timer } from "@sealserve/serving";

/** Milliseconds. */
export interface RepeatedCallOptions {
  readonly interval: number;
  readonly timeout: number;
}

export interface RepeatedCallParts {
  readonly clock: Clock;
  random(): number;
  /** Must not reject; `signal` aborts with a `CallTimeout` after the time limit, or when calls end. */
  call(signal: AbortSignal): Promise<void>;
}

/** The reason of a signal whose time is over. */
export class CallTimeout extends Error {
  constructor(limit: number) {
    super(`does not answer within ${limit} ms`);
    this.name = "CallTimeout";
  }
}

/** Share of the interval within which it varies, so that many callers do not fall into step. */
const jitter = 0.2;
/** Milliseconds between two calls that `soon` asks for. */
const shortest = 50;

/** Disposing ends the calls, also the one that is running. */
export class RepeatedCall implements Disposable {
  readonly #options: RepeatedCallOptions;
  readonly #parts: RepeatedCallParts;
  #timer: Timer | null = null;
  #running: AbortController | null = null;
  #hurry = false;
  #last = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(options: RepeatedCallOptions, parts: RepeatedCallParts) {
    this.#options = options;
    this.#parts = parts;
    this.#callIn(0);
  }

  /** The next call comes now, or right after the one that is running. */
  soon(): void {
    if (this.#running) this.#hurry = true;
    else this.#callIn(Math.max(0, this.#last + shortest - this.#parts.clock.now()));
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#running?.abort();
  }

  #callIn(delay: number): void {
    this.#timer?.cancel();
    if (!this.#ended) this.#timer = this.#parts.clock.setTimer(delay, () => void this.#call());
  }

  async #call(): Promise<void> {
    const { clock, random, call } = this.#parts;
    const { interval, timeout } = this.#options;
    const running = new AbortController();
    const limit = clock.setTimer(timeout, () => running.abort(new CallTimeout(timeout)));
    this.#running = running;
    this.#hurry = false;
    this.#last = clock.now();
    await call(running.signal);
    limit.cancel();
    this.#running = null;
    this.#callIn(this.#hurry ? shortest : interval * (1 + jitter * (random() - 0.5)));
  }
}
