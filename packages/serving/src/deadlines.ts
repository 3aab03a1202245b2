// Deadlines of many requests on one timer: most requests are answered in time, so a timer of their own would be wasted.
import { InferenceError } from "@sealserve/inference";
import type { Caller } from "./caller.ts";
import type { Clock, Timer } from "./clock.ts";

export class Deadlines {
  readonly #model: string;
  readonly #clock: Clock;
  readonly #callers = new Set<Caller>();
  #timer: Timer | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor({ model }: { readonly model: string }, { clock }: { readonly clock: Clock }) {
    this.#model = model;
    this.#clock = clock;
  }

  /** Gives `caller` up at its deadline, unless it is forgotten before. A caller without a limit is not watched. */
  watch(caller: Caller): void {
    if (caller.limit === null) return;
    this.#callers.add(caller);
    if (caller.deadline < this.#timerAt) this.#arm(caller.deadline);
  }

  forget(caller: Caller): void {
    this.#callers.delete(caller);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimer(Math.max(0, at - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    this.stop();
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const caller of this.#callers) {
      if (caller.limit === null || caller.deadline > now) next = Math.min(next, caller.deadline);
      else caller.giveUp(new InferenceError("deadline-exceeded", { model: this.#model, limit: caller.limit }));
    }
    if (next < this.#timerAt) this.#arm(next);
  }
}
