// One timer that is set to a moment and moved, for a callback that looks for itself what is due.
import type { Clock, Timer } from "./clock.ts";

export class Alarm {
  readonly #clock: Clock;
  readonly #callback: () => void;
  #timer: Timer | null = null;
  #at = Number.POSITIVE_INFINITY;

  constructor({ clock, callback }: { readonly clock: Clock; readonly callback: () => void }) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** The moment that it is set to, by the clock; Infinity: none. */
  get at(): number {
    return this.#at;
  }

  /** Moves it to `at`; Infinity: it will not ring. Costs nothing if it is there already. */
  set(at: number): void {
    if (at === this.#at) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = at === Number.POSITIVE_INFINITY ? null : this.#start(at);
  }

  #start(at: number): Timer {
    return this.#clock.setTimer(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = null;
      this.#at = Number.POSITIVE_INFINITY;
      this.#callback();
    });
  }
}
