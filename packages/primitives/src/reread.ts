// Keeps what was read from a place that somebody else changes, such as files of certificates, and looks there again every few seconds.
import { reasonOf } from "./coded-error.ts";

export interface RereadOptions<T> {
  /** Milliseconds from one look to the next. */
  readonly interval: number;
  /** Reads and checks; what it throws leaves what was read before in force. */
  read(): Promise<T>;
  isSame(a: T, b: T): boolean;
}

export interface RereadParts<T> {
  readonly clock: { setTimer(delay: number, callback: () => void): { cancel(): void } };
  /** Told once of each change, when `current` has it; must not throw. */
  onChanged(found: T, before: T): void;
  /** Told why it cannot be used, once for as long as the reason is the same. */
  onProblem(reason: string): void;
}

/** Disposing ends the looks. */
export interface Reread<T> extends Disposable {
  readonly current: T;
}

/** Throws what the first reading throws. */
export async function reread<T extends object>(
  { interval, read, isSame }: RereadOptions<T>,
  { clock, onChanged, onProblem }: RereadParts<T>,
): Promise<Reread<T>> {
  let current: T = await read();
  let stopped = false;
  let timer = clock.setTimer(interval, look);
  let lastProblem: string | null = null;

  function look(): void {
    read()
      .then((found) => {
        lastProblem = null;
        if (stopped || isSame(found, current)) return;
        const before = current;
        current = found;
        onChanged(found, before);
      })
      .catch((error: unknown) => {
        const reason = reasonOf(error);
        if (!stopped && reason !== lastProblem) onProblem(reason);
        lastProblem = reason;
      })
      .finally(() => {
        if (!stopped) timer = clock.setTimer(interval, look);
      });
  }

  return {
    get current() {
      return current;
    },
    [Symbol.dispose]() {
      stopped = true;
      timer.cancel();
    },
  };
}
