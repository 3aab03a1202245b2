// Time as a part: what waits or measures takes a clock, so that tests can turn it by hand.

/** A callback to come. */
export interface Timer {
  /** The callback will not be called; harmless after it was. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment, with fractions; never goes back. */
  now(): number;
  /** Milliseconds since 1970, for what people and protocols read; may jump. */
  epoch(): number;
  /** Calls `callback` once, `delay` milliseconds from now or a little later; never before `setTimer` has returned. */
  setTimer(delay: number, callback: () => void): Timer;
}

/** The longest delay of the platform's timers; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The clock of the machine. Delays are cut at 24 days, the longest that its timers know. */
export function systemClock(): Clock {
  return {
    now: () => performance.now(),
    epoch: () => Date.now(),
    setTimer(delay, callback) {
      const timer = setTimeout(callback, Math.min(delay, longestDelay));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
