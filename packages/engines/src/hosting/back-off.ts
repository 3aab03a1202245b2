// How long to wait before an engine that ended is started again.

/** Times are milliseconds. */
export interface BackOffOptions {
  /** Before restart `count` in a row, which counts from 0. */
  readonly delay: (count: number) => number;
  /** An engine that lived this long was well: the next restart is the first again. */
  readonly stable: number;
  /** How long after its end an engine that does not get ready is still started again; null: for ever. */
  readonly limit: number | null;
}

const initial = 100;
const longest = 30_000;

/** The first restart is immediate, so that one bad request costs one reload; each after the second waits twice as long as the last. */
export const defaultBackOff: BackOffOptions = {
  delay: (count) => (count === 0 ? 0 : Math.min(longest, initial * 2 ** (count - 1))),
  stable: 10_000,
  limit: null,
};

/** Seconds, as TorchServe waits for its workers (`WorkerThread.java`). */
const workerDelays = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597];

/** Of TorchServe's workers; one that does not get ready for longer than `limit` is given up. */
export function workerBackOff(limit: number): BackOffOptions {
  const delay = (count: number): number => (workerDelays[count] ?? workerDelays.at(-1) ?? 0) * 1000;
  return { delay, stable: 10_000, limit };
}

export class BackOff {
  readonly #options: BackOffOptions;
  #restarts = 0;
  /** When it ended after it had been ready the last time. */
  #endedAt = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** How long to wait now, after a life of `lived`; null for one that never got ready. The answer null: it is given up. */
  next(now: number, lived: number | null): number | null {
    const { delay, stable, limit } = this.#options;
    if (lived !== null) this.#endedAt = now;
    if (lived !== null && lived >= stable) this.#restarts = 0;
    if (limit !== null && now - this.#endedAt > limit) return null;
    return delay(this.#restarts++);
  }
}
