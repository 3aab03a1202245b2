// A clock that only the test turns.
import type { Clock, Timer } from "@sealserve/serving";

interface Alarm {
  readonly at: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  /** The epoch began a million seconds before this clock did. */
  epoch(): number {
    return 1e9 + this.#now;
  }

  setTimer(delay: number, callback: () => void): Timer {
    const alarm = { at: this.#now + delay, callback };
    this.#alarms.add(alarm);
    return { cancel: () => this.#alarms.delete(alarm) };
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#alarms.size;
  }

  /** Lets `ms` milliseconds pass: calls what falls due, in order of time, and of setting where times are equal. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  #next(end: number): Alarm | null {
    let next: Alarm | null = null;
    for (const alarm of this.#alarms) if (alarm.at <= end && (next === null || alarm.at < next.at)) next = alarm;
    return next;
  }
}
