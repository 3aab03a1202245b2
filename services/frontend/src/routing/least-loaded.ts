// Which of several backends gets the next request.

export interface Load {
  /** Requests in flight, of all models. */
  readonly outstanding: number;
  /** Milliseconds that a request takes; 0: not known. */
  readonly pace: number;
}

/** Twice as slow as the fastest is still as fast: measured times scatter. */
const tolerance = 2;

/**
 * The one with the least outstanding; ties go at random. A backend that is more than twice as slow as the fastest counts as if it had more outstanding,
 * in proportion: otherwise it would get its full share whenever nobody has anything to do. Null: there is none.
 */
export function leastLoaded<T extends Load>(backends: readonly T[], random: () => number): T | null {
  let fastest = Number.POSITIVE_INFINITY;
  for (const { pace } of backends) if (pace > 0 && pace < fastest) fastest = pace;
  let best: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  let ties = 0;
  for (const backend of backends) {
    const slowness = backend.pace > tolerance * fastest ? backend.pace / fastest : 1;
    const load = (backend.outstanding + 1) * slowness;
    if (load < least) {
      [best, least, ties] = [backend, load, 1];
    } else if (load === least && random() * ++ties < 1) best = backend;
  }
  return best;
}
