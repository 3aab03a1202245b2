// Deadlines of many requests on one timer: most requests are answered in time, so a timer of their own would be wasted.
import { InferenceError } from "@sealserve/inference";
import { Alarm } from "./alarm.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";

export class Deadlines {
  readonly #model: string;
  readonly #clock: Clock;
  readonly #callers = new Set<Caller>();
  readonly #alarm: Alarm;

  constructor({ model }: { readonly model: string }, { clock }: { readonly clock: Clock }) {
    this.#model = model;
    this.#clock = clock;
    this.#alarm = new Alarm({ clock, callback: () => this.#expire() });
  }

  /** Gives `caller` up at its deadline, unless it is forgotten before. A caller without a limit is not watched. */
  watch(caller: Caller): void {
    if (caller.limit === null) return;
    this.#callers.add(caller);
    if (caller.deadline < this.#alarm.at) this.#alarm.set(caller.deadline);
  }

  forget(caller: Caller): void {
    this.#callers.delete(caller);
  }

  stop(): void {
    this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  #expire(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const caller of this.#callers) {
      if (caller.limit === null || caller.deadline > now) next = Math.min(next, caller.deadline);
      else caller.giveUp(new InferenceError("deadline-exceeded", { model: this.#model, limit: caller.limit }));
    }
    this.#alarm.set(next);
  }
}
