// One queue for all lanes, first come, first served.
import { type AnyInferenceError, InferenceError, type ModelMetadata } from "@sealserve/inference";
import type { Caller, Place } from "./caller.ts";
import { fits, type LaneQueue, type LaneSource } from "./lane-source.ts";

export class SharedQueue implements LaneSource, Place {
  readonly #maxQueueSize: number;
  readonly #metadata: ModelMetadata;
  /** A set: a caller that leaves goes out of the middle at no cost. */
  readonly #callers = new Set<Caller>();

  constructor({ maxQueueSize }: { readonly maxQueueSize: number }, { metadata }: { readonly metadata: ModelMetadata }) {
    this.#maxQueueSize = maxQueueSize;
    this.#metadata = metadata;
  }

  get size(): number {
    return this.#callers.size;
  }

  add(caller: Caller): null {
    this.#callers.add(caller);
    caller.place = this;
    return null;
  }

  leave(caller: Caller): void {
    this.#callers.delete(caller);
  }

  overfull(): AnyInferenceError | null {
    if (this.#callers.size <= this.#maxQueueSize) return null;
    const { name: model, version } = this.#metadata;
    return new InferenceError("queue-full", { model, version, limit: this.#maxQueueSize });
  }

  waiting(_lane: number, limit: number): LaneQueue | null {
    const [first] = this.#callers;
    if (!first) return null;
    let rows = 0;
    for (const caller of this.#callers) {
      rows += caller.rows;
      if (rows >= limit) break;
    }
    return { rows, arrival: first.arrival };
  }

  take(_lane: number, limit: number, alone: boolean): readonly Caller[] {
    const taken: Caller[] = [];
    let rows = 0;
    for (const caller of this.#callers) {
      if (!fits(caller, limit - rows, alone && taken.length === 0)) break;
      rows += caller.rows;
      this.#callers.delete(caller);
      taken.push(caller);
      if (caller.alone) break;
    }
    return taken;
  }

  done(): void {}

  shrink(): readonly Caller[] {
    return [];
  }

  takeAll(): readonly Caller[] {
    const all = [...this.#callers];
    this.#callers.clear();
    return all;
  }
}
