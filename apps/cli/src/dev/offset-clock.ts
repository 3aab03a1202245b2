// A clock that is wrong, to see what a process on such a machine does: its dates are off, its delays are not.
import type { Clock } from "@sealserve/serving";

/** `offset`: milliseconds ahead of the time of `clock`; negative where it is behind. */
export function offsetClock(clock: Clock, offset: number): Clock {
  return {
    now: () => clock.now(),
    epoch: () => clock.epoch() + offset,
    setTimer: (delay, callback) => clock.setTimer(delay, callback),
  };
}
