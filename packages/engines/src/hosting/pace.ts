// How long an instance takes for a batch of late: whether it is worth sending it the next one before it has answered.
import type { Clock } from "@sealserve/serving";

/** Milliseconds. A batch behind a slower one would wait where another instance might have come free. */
const quick = 2;

/** Of the last batch in the average, which so looks back on about eight. */
const weight = 1 / 8;

export class Pace {
  readonly #clock: Pick<Clock, "now">;
  /** Milliseconds; null before the first batch. */
  #average: number | null = null;
  #lastEnd = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Whether its batches are over within a moment. */
  get isQuick(): boolean {
    return this.#average !== null && this.#average < quick;
  }

  /** A batch is sent; call what this returns when it is answered. */
  begin(): () => void {
    const sent = this.#clock.now();
    return () => {
      const end = this.#clock.now();
      // What was sent ahead began when the one before it was over.
      const took = end - Math.max(sent, this.#lastEnd);
      this.#average = this.#average === null ? took : this.#average + weight * (took - this.#average);
      this.#lastEnd = end;
    };
  }
}
