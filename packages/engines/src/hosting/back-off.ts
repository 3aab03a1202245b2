// How long to wait before an engine that ended is started again.

/** Milliseconds. */
export interface BackOffOptions {
  /** The second restart in a row waits this long, and each after it twice as long as the last. */
  readonly initial: number;
  readonly longest: number;
  /** An engine that lived this long was well: the next restart is the first again. */
  readonly stable: number;
}

export const defaultBackOff: BackOffOptions = { initial: 100, longest: 30_000, stable: 10_000 };

/** The first restart is immediate, so that one bad request costs one reload; repeated ones wait longer each time. */
export class BackOff {
  readonly #options: BackOffOptions;
  #restarts = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after a life of `lived` milliseconds; 0 for one that never got ready. */
  next(lived: number): number {
    const { initial, longest, stable } = this.#options;
    if (lived >= stable) this.#restarts = 0;
    const delay = this.#restarts === 0 ? 0 : Math.min(longest, initial * 2 ** (this.#restarts - 1));
    this.#restarts++;
    return delay;
  }
}
