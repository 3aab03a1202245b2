// Waits that grow between attempts, and end early where the process stops.
interface Timers {
  setTimer(delay: number, callback: () => void): { cancel(): void };
}

const longest = 30_000;

/** From one second on, doubling. Throws the signal's reason where it aborts. */
export function pauseBy(clock: Timers): (attempt: number, signal: AbortSignal) => Promise<void> {
  return (attempt, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = clock.setTimer(Math.min(longest, 500 * 2 ** attempt), () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      const stop = (): void => {
        timer.cancel();
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
    });
}
