// The requests that wait, in one lane for each batch key; lanes are served in the order in which their first requests came.
import { type BatchSizes, nextBatch } from "./batch-size.ts";
import type { Caller, Place } from "./caller.ts";

export interface BatchQueueOptions extends BatchSizes {
  /** Milliseconds that the first request of a batch may wait for others. */
  readonly delay: number;
}

export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  #size = 0;

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#size;
  }

  /** Milliseconds that the first request of a batch may wait for others. */
  get delay(): number {
    return this.#options.delay;
  }

  add(key: string, caller: Caller): void {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane((by, empty) => {
        this.#size -= by;
        if (empty) this.#lanes.delete(key);
      });
      this.#lanes.set(key, lane);
    }
    lane.add(caller);
    this.#size++;
  }

  /** The next batch that may run at the time `now`, taken out of the queue; empty: none may yet. */
  take(now: number): readonly Caller[] {
    let oldest: Lane | null = null;
    let count = 0;
    for (const lane of this.#lanes.values()) {
      if (oldest !== null && lane.arrival >= oldest.arrival) continue;
      const taken = nextBatch(lane.rows(), this.#options, now >= lane.arrival + this.#options.delay);
      if (taken > 0) [oldest, count] = [lane, taken];
    }
    return oldest === null ? [] : oldest.take(count);
  }

  /** When a batch will be due, if nothing else comes; Infinity if none waits. */
  dueAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) first = Math.min(first, lane.arrival + this.#options.delay);
    return first;
  }

  /** All requests that wait, taken out. */
  takeAll(): Caller[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.take(Number.POSITIVE_INFINITY));
  }
}

/** Requests of one batch key, first come first. A set: a caller that leaves goes out of the middle at no cost. */
class Lane implements Place {
  readonly #callers = new Set<Caller>();
  readonly #whenLess: (by: number, empty: boolean) => void;

  constructor(whenLess: (by: number, empty: boolean) => void) {
    this.#whenLess = whenLess;
  }

  /** When its first request came. */
  get arrival(): number {
    const [first] = this.#callers;
    return first?.arrival ?? Number.POSITIVE_INFINITY;
  }

  *rows(): Iterable<number> {
    for (const { rows } of this.#callers) yield rows;
  }

  add(caller: Caller): void {
    this.#callers.add(caller);
    caller.place = this;
  }

  take(count: number): Caller[] {
    const taken: Caller[] = [];
    for (const caller of this.#callers) {
      if (taken.length >= count) break;
      this.#callers.delete(caller);
      taken.push(caller);
    }
    this.#whenLess(taken.length, this.#callers.size === 0);
    return taken;
  }

  leave(caller: Caller): void {
    if (this.#callers.delete(caller)) this.#whenLess(1, this.#callers.size === 0);
  }
}
