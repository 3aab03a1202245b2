// Work in slices: long parsing and writing lets others run in between, short work stays synchronous.

/** Lets everything else that waits for the event loop run once. */
export type Pause = () => Promise<void>;

/** Work that yields where it may be interrupted, and returns its result. Compose such work with `yield*`. */
export type Paced<T> = Generator<undefined, T, undefined>;

/** Bytes of JSON read or written between two pauses: under a millisecond of work, under ten before the code is compiled. */
export const sliceBytes = 32 * 1024;

/** Does the work, with a pause wherever it yields: the result itself if it never yields, else a promise of it. */
export function runPaced<T>(work: Paced<T>, pause: Pause): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : finishPaced(work, pause);
}

/** Does all the work at once. */
export function runUnpaced<T>(work: Paced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

async function finishPaced<T>(work: Paced<T>, pause: Pause): Promise<T> {
  for (;;) {
    await pause();
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** One turn of the event loop: by `setImmediate` where there is one, which waits for nothing, else by a timer. */
export function eventLoopPause(): Pause {
  const { setImmediate = (callback: () => void) => setTimeout(callback, 0) } = globalThis as {
    setImmediate?: (callback: () => void) => unknown;
  };
  return () => new Promise((resolve) => void setImmediate(resolve));
}
