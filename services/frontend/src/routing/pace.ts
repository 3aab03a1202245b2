// How long one backend takes for each model, and how long the oldest of its requests has been waiting.

/** Weight of the newest answer in the average: who becomes slow is noticed sooner than who becomes fast. */
const weight = { slower: 0.5, faster: 0.2 };
/** Milliseconds after which half of what is remembered is forgotten, where nothing new is learnt. */
const halfLife = 5_000;

interface Average {
  ms: number;
  at: number;
}

/** Grows with the models that it is told of: only give it known ones. */
export class Pace {
  readonly #averages = new Map<string, Average>();
  /** When each request in flight began, the oldest first. */
  readonly #inFlight = new Map<string, Set<{ readonly from: number }>>();

  begin(model: string, now: number): (answeredAt: number | null) => void {
    const started = { from: now };
    const flying = this.#inFlight.get(model) ?? new Set();
    this.#inFlight.set(model, flying.add(started));
    return (answeredAt) => {
      flying.delete(started);
      if (flying.size === 0) this.#inFlight.delete(model);
      if (answeredAt !== null) this.#learn(model, answeredAt - now, answeredAt);
    };
  }

  /**
   * Milliseconds that a request takes as far as is known: the average, or for how long the oldest has been waiting if that is more. 0: nothing is
   * known. What is old counts less and less, so that who was slow is tried again.
   */
  of(model: string, now: number): number {
    const average = this.#averages.get(model);
    const remembered = average ? average.ms * 0.5 ** ((now - average.at) / halfLife) : 0;
    for (const { from } of this.#inFlight.get(model) ?? []) return Math.max(remembered, now - from);
    return remembered;
  }

  #learn(model: string, ms: number, now: number): void {
    const average = this.#averages.get(model);
    if (average) {
      average.ms += (ms - average.ms) * (ms > average.ms ? weight.slower : weight.faster);
      average.at = now;
    } else this.#averages.set(model, { ms, at: now });
  }
}
