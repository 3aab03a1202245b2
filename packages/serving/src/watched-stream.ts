// A stream that hands another one on, and tells how it ended: a few objects for each answer, where a generator around a generator takes many.

/** `read`: to its end. `left`: its reader wants no more. */
export type StreamEnd =
  | { readonly kind: "read" }
  | { readonly kind: "left" }
  | { readonly kind: "failed"; readonly error: unknown };

export interface StreamWatch<T> {
  /** Called once, when the stream is first read; what it throws, its reader gets. */
  begin(): AsyncIterable<T>;
  /** What the reader gets in the place of each. Left out: the same. */
  each?(value: T): T;
  /** Called once if `begin` was. */
  over?(end: StreamEnd): void;
}

export function watchedStream<T>(watch: StreamWatch<T>): AsyncIterableIterator<T, undefined> {
  return new WatchedStream(watch);
}

class WatchedStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #watch: StreamWatch<T>;
  #inner: AsyncIterator<T> | null = null;
  #isClosed = false;
  #isTold = false;

  constructor(watch: StreamWatch<T>) {
    this.#watch = watch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    try {
      this.#inner ??= this.#watch.begin()[Symbol.asyncIterator]();
    } catch (error) {
      this.#end({ kind: "failed", error });
      return Promise.reject(error);
    }
    return this.#inner.next().then(this.#took, this.#failed);
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    if (isFirst && this.#inner) {
      try {
        await this.#inner.return?.();
      } finally {
        this.#end({ kind: "left" });
      }
    }
    return { done: true, value: undefined };
  }

  readonly #took = (step: IteratorResult<T>): IteratorResult<T, undefined> | Promise<never> => {
    if (step.done) {
      this.#end({ kind: "read" });
      return { done: true, value: undefined };
    }
    if (!this.#watch.each) return step;
    try {
      return { done: false, value: this.#watch.each(step.value) };
    } catch (error) {
      return this.#refuse(error);
    }
  };

  readonly #failed = (error: unknown): never => {
    this.#end({ kind: "failed", error });
    throw error;
  };

  /** Its own error counts, whatever becomes of the stream that it gives up. */
  async #refuse(error: unknown): Promise<never> {
    this.#isClosed = true;
    await Promise.allSettled([this.#inner?.return?.()]);
    return this.#failed(error);
  }

  #end(end: StreamEnd): void {
    this.#isClosed = true;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#watch.over?.(end);
  }
}
