// Who says which backends there are: a list, a name in the DNS, or several of these together.

/** Told the full list of origins, such as `https://10.0.0.7:9000`, whenever it is another one than before; without duplicates. */
export type FoundBackends = (urls: readonly string[]) => void;

export interface Discovery {
  /** Begins to tell, at once or later, until the result is disposed. */
  start(found: FoundBackends): Disposable;
}
