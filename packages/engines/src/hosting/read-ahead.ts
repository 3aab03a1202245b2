// Takes what a slow reader has not asked for yet from its source, up to a limit.

/** Disposed, it ends the source and waits until that is quiet. */
export interface ReadAhead<T> extends AsyncIterable<T>, AsyncDisposable {}

type Taken<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown };

/** Starts at once and keeps up to `limit` items. `source` must be able to be asked again before it answered, as generators are. */
export function readAhead<T>(source: AsyncIterable<T>, limit: number): ReadAhead<T> {
  const iterator = source[Symbol.asyncIterator]();
  const take = (): Promise<Taken<T>> =>
    iterator.next().then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
  const asked = Array.from({ length: limit }, take);
  return {
    async *[Symbol.asyncIterator]() {
      for (let next = asked.shift(); next; next = asked.shift()) {
        const taken = await next;
        if ("error" in taken) throw taken.error;
        if (taken.result.done) return;
        asked.push(take());
        yield taken.result.value;
      }
    },
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}
