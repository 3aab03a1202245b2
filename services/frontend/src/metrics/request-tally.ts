// Counts requests and their time under two names each, in constant time a request.

export interface Tally {
  requests: number;
  /** Milliseconds. */
  duration: number;
}

/** Counts by an outer and an inner name, such as model and version. Grows with the names: only give it bounded ones. */
export class RequestTally {
  readonly #tallies = new Map<string, Map<string, Tally>>();

  of(outer: string, inner: string): Tally {
    const known = this.#tallies.get(outer)?.get(inner);
    if (known) return known;
    const tally = { requests: 0, duration: 0 };
    const inside = this.#tallies.get(outer) ?? new Map<string, Tally>();
    this.#tallies.set(outer, inside.set(inner, tally));
    return tally;
  }

  *entries(): Iterable<readonly [outer: string, inner: string, tally: Readonly<Tally>]> {
    for (const [outer, inside] of this.#tallies) for (const [inner, tally] of inside) yield [outer, inner, tally];
  }
}
