// Sequences of requests: each stays with one lane, and its requests go one after the other.
import { type AnyInferenceError, InferenceError, type ModelMetadata } from "@sealserve/inference";
import { Alarm } from "./alarm.ts";
import type { Caller, Place } from "./caller.ts";
import type { Clock } from "./clock.ts";
import { fits, type LaneQueue, type LaneSource } from "./lane-source.ts";

/** Times are milliseconds. */
export interface SequencesOptions {
  /** How many there may be at once. */
  readonly maxSequences: number;
  /** Requests of one that may wait for the one before. */
  readonly maxQueueSize: number;
  /** One that has had no request for so long ends; 0: as soon as none of its requests waits or runs. */
  readonly idleTimeout: number;
  /** No request begins a sequence's work later than this after its first one came; 0: any time. */
  readonly timeout: number;
}

export interface SequencesParts {
  readonly clock: Clock;
  readonly metadata: ModelMetadata;
  /** Which sequence a request belongs to, and whether it is the last of it. */
  readonly belongs: (caller: Caller) => { readonly sequence: string; readonly ends: boolean };
}

interface Sequence {
  readonly id: string;
  readonly lane: number;
  readonly waiting: Set<Caller>;
  /** When it is over whatever waits. */
  readonly expiresAt: number;
  /** One of its requests is with the lane. */
  running: boolean;
  /** It takes no more requests. */
  ending: boolean;
  /** When it is over if nothing comes; Infinity while something waits or runs. */
  idleUntil: number;
}

export class Sequences implements LaneSource, Place {
  readonly #options: SequencesOptions;
  readonly #parts: SequencesParts;
  readonly #sequences = new Map<string, Sequence>();
  readonly #sequenceOf = new WeakMap<Caller, Sequence>();
  readonly #alarm: Alarm;

  constructor(options: SequencesOptions, parts: SequencesParts) {
    this.#options = options;
    this.#parts = parts;
    this.#alarm = new Alarm({ clock: parts.clock, callback: () => this.#expire() });
  }

  get size(): number {
    let size = 0;
    for (const { waiting } of this.#sequences.values()) size += waiting.size;
    return size;
  }

  /** Sequences that are not over. */
  get count(): number {
    return this.#sequences.size;
  }

  add(caller: Caller, lanes: number): AnyInferenceError | null {
    const { sequence: id, ends } = this.#parts.belongs(caller);
    this.#expire();
    const known = this.#sequences.get(id);
    if (!known && this.#sequences.size >= this.#options.maxSequences) return this.#refusal(this.#options.maxSequences);
    const sequence = known ?? this.#begin(id, lanes);
    const late = this.#parts.clock.now() >= sequence.expiresAt;
    if (sequence.ending || late) return this.#refusal(this.#options.maxQueueSize);
    sequence.ending = ends;
    sequence.idleUntil = Number.POSITIVE_INFINITY;
    sequence.waiting.add(caller);
    this.#sequenceOf.set(caller, sequence);
    caller.place = this;
    return null;
  }

  overfull(caller: Caller): AnyInferenceError | null {
    const sequence = this.#sequenceOf.get(caller);
    if (!sequence?.waiting.has(caller)) return null;
    const { maxQueueSize } = this.#options;
    // The first that waits is the one whose turn it is, unless one runs.
    const allowed = maxQueueSize + (sequence.running ? 0 : 1);
    return sequence.waiting.size > allowed ? this.#refusal(maxQueueSize) : null;
  }

  leave(caller: Caller): void {
    const sequence = this.#sequenceOf.get(caller);
    if (!sequence?.waiting.delete(caller)) return;
    // One that was to be the last has not been it.
    if (this.#parts.belongs(caller).ends) sequence.ending = false;
    this.#rest(sequence);
  }

  waiting(lane: number, limit: number): LaneQueue | null {
    let rows = 0;
    let arrival = Number.POSITIVE_INFINITY;
    for (const first of this.#firsts(lane)) {
      rows += first.rows;
      arrival = Math.min(arrival, first.arrival);
      if (rows >= limit) break;
    }
    return rows === 0 ? null : { rows, arrival };
  }

  take(lane: number, limit: number, alone: boolean): readonly Caller[] {
    const taken: Caller[] = [];
    let rows = 0;
    for (const caller of [...this.#firsts(lane)].sort((a, b) => a.arrival - b.arrival)) {
      if (!fits(caller, limit - rows, alone && taken.length === 0)) break;
      rows += caller.rows;
      taken.push(caller);
      if (caller.alone) break;
    }
    for (const caller of taken) {
      const sequence = this.#sequenceOf.get(caller);
      if (!sequence) continue;
      sequence.waiting.delete(caller);
      sequence.running = true;
    }
    return taken;
  }

  done(caller: Caller): void {
    const sequence = this.#sequenceOf.get(caller);
    if (!sequence) return;
    sequence.running = false;
    this.#rest(sequence);
  }

  /** The model has said that the request was the last of its sequence. */
  end(caller: Caller): void {
    const sequence = this.#sequenceOf.get(caller);
    if (sequence) sequence.ending = true;
  }

  shrink(lanes: number): readonly Caller[] {
    const gone = [...this.#sequences.values()].filter(({ lane }) => lane >= lanes);
    return gone.flatMap((sequence) => this.#close(sequence));
  }

  takeAll(): readonly Caller[] {
    const all = [...this.#sequences.values()].flatMap((sequence) => this.#close(sequence));
    this.#alarm.set(Number.POSITIVE_INFINITY);
    return all;
  }

  #refusal(limit: number): AnyInferenceError {
    const { name: model, version } = this.#parts.metadata;
    return new InferenceError("queue-full", { model, version, limit });
  }

  /** On the lane that has the fewest. */
  #begin(id: string, lanes: number): Sequence {
    const loads = Array<number>(lanes).fill(0);
    for (const { lane } of this.#sequences.values()) if (lane < lanes) loads[lane] = (loads[lane] ?? 0) + 1;
    const { timeout } = this.#options;
    const expiresAt = timeout > 0 ? this.#parts.clock.now() + timeout : Number.POSITIVE_INFINITY;
    const sequence: Sequence = {
      ...{ id, expiresAt, lane: loads.indexOf(Math.min(...loads)), waiting: new Set<Caller>() },
      ...{ running: false, ending: false, idleUntil: Number.POSITIVE_INFINITY },
    };
    this.#sequences.set(id, sequence);
    return sequence;
  }

  /** Of each sequence of the lane the request whose turn it is. */
  *#firsts(lane: number): Iterable<Caller> {
    for (const sequence of this.#sequences.values()) {
      if (sequence.lane !== lane || sequence.running) continue;
      const [first] = sequence.waiting;
      if (first) yield first;
    }
  }

  /** Nothing of the sequence may be left to do: it ends, or idles. */
  #rest(sequence: Sequence): void {
    if (sequence.running || sequence.waiting.size > 0 || !this.#sequences.has(sequence.id)) return;
    const now = this.#parts.clock.now();
    sequence.idleUntil = sequence.ending ? now : Math.min(now + this.#options.idleTimeout, sequence.expiresAt);
    if (sequence.idleUntil <= now) this.#close(sequence);
    else if (sequence.idleUntil < this.#alarm.at) this.#alarm.set(sequence.idleUntil);
  }

  #expire(): void {
    const now = this.#parts.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const sequence of [...this.#sequences.values()]) {
      if (sequence.idleUntil <= now) this.#close(sequence);
      else next = Math.min(next, sequence.idleUntil);
    }
    this.#alarm.set(next);
  }

  /** What waited of it, taken out. */
  #close(sequence: Sequence): readonly Caller[] {
    if (this.#sequences.get(sequence.id) === sequence) this.#sequences.delete(sequence.id);
    const left = [...sequence.waiting];
    sequence.waiting.clear();
    return left;
  }
}
