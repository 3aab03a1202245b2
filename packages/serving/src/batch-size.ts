// How many of the requests that wait make the next batch: a pure function.

export interface BatchSizes {
  /** Rows at which a batch is full; a larger request passes alone. */
  readonly full: number;
  /** Row counts to prefer, in any order; empty: any. */
  readonly preferred: ReadonlySet<number>;
}

/**
 * How many requests to take from the head of a queue whose requests have these `rows`; 0: wait for more. `due` says that the
 * first one has waited long enough. The longest run of requests with a preferred number of rows goes at once; without
 * preferences a full batch does. A batch that cannot grow any more, or that is due, goes as long as it is.
 */
export function nextBatch(rows: Iterable<number>, { full, preferred }: BatchSizes, due: boolean): number {
  let sum = 0;
  let count = 0;
  let preferredCount = 0;
  let grown = false;
  for (const next of rows) {
    if (count > 0 && sum + next > full) {
      grown = true;
      break;
    }
    sum += next;
    count++;
    if (preferred.has(sum)) preferredCount = count;
    if (sum >= full) {
      grown = true;
      break;
    }
  }
  if (preferredCount > 0) return preferredCount;
  return grown || due ? count : 0;
}
