// One instance of a model and the requests that it works on: one batch after another, or step by step with some that go on.
import { Alarm } from "./alarm.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { LaneSource } from "./lane-source.ts";
import { RunningBatch } from "./running-batch.ts";

export interface LaneOptions {
  readonly lane: number;
  /** Rows at which a batch is full; a larger request passes alone. */
  readonly full: number;
  /** Milliseconds that the first request of a batch may wait for others, where the model works on nothing. */
  readonly delay: number;
  /** The model goes on with the requests whose answers say so; the batch is filled up after every step. */
  readonly continuous: boolean;
}

export interface LaneParts {
  readonly clock: Clock;
  readonly source: LaneSource;
  /** Whether its instance is there: it may be ended while it works. */
  readonly isThere: () => boolean;
  /** Runs a batch on this lane's instance and gives those callers back with whom the model goes on. Never rejects. */
  readonly run: (batch: RunningBatch, lane: number) => Promise<readonly Caller[]>;
  /** Called when it has ended a batch and found nothing more to do. */
  readonly onIdle: () => void;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #parts: LaneParts;
  readonly #due: Alarm;
  /** Those with whom the model goes on. */
  #known: readonly Caller[] = [];
  #running = false;

  constructor(options: LaneOptions, parts: LaneParts) {
    this.#options = options;
    this.#parts = parts;
    this.#due = new Alarm({ clock: parts.clock, callback: () => this.poke() });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Begins what it can, unless something runs. */
  poke(): void {
    if (this.#running) return;
    const batch = this.#next();
    if (batch !== null) void this.#run(batch);
  }

  /** It begins nothing more by itself. */
  stop(): void {
    this.#due.set(Number.POSITIVE_INFINITY);
  }

  async #run(first: RunningBatch): Promise<void> {
    const { run, onIdle } = this.#parts;
    const { lane } = this.#options;
    this.#running = true;
    for (let batch: RunningBatch | null = first; batch !== null; batch = this.#next()) {
      this.#known = await run(batch, lane);
    }
    this.#running = false;
    onIdle();
  }

  #next(): RunningBatch | null {
    const { source, clock, isThere } = this.#parts;
    const { lane, full, delay, continuous } = this.#options;
    const known = this.#known.filter((caller) => !caller.settled);
    for (const caller of this.#known) if (caller.settled) source.done(caller, lane);
    this.#known = known;
    const room = isThere() ? full - known.reduce((sum, { rows }) => sum + rows, 0) : 0;
    if (known.length === 0 && !(room > 0 && this.#isDue(delay))) return null;
    const fresh = room > 0 ? source.take(lane, room, known.length === 0) : [];
    if (known.length + fresh.length === 0) return null;
    const options = { started: clock.now(), step: continuous, known: known.length };
    return new RunningBatch([...known, ...fresh], options);
  }

  /** Whether what waits may go now; else it arranges to look again. */
  #isDue(delay: number): boolean {
    const { source, clock } = this.#parts;
    const { lane, full } = this.#options;
    const queue = source.waiting(lane, full);
    const dueAt = queue && queue.rows < full ? queue.arrival + delay : Number.NEGATIVE_INFINITY;
    const due = queue !== null && dueAt <= clock.now();
    this.#due.set(queue === null || due ? Number.POSITIVE_INFINITY : dueAt);
    return due;
  }
}
