// The encapsulated keys of requests that were opened, so that none is opened twice.
import type { Bytes } from "@sealserve/primitives";

/** `late`: its time is not now, by the clock of either end. `full`: too many others are remembered to remember this one too. */
export type Admission = "admitted" | "replayed" | "late" | "full";

export interface ReplayGuard {
  /** `time`: of the request, as its sender says; milliseconds since 1970. */
  admit(encapsulated: Bytes, time: number): Admission;
}

export interface RememberRequestsOptions {
  /** Remembered at once, some 86 bytes each. Further requests are refused until the oldest are forgotten. */
  readonly entries: number;
  /** How far the time of a request may be from now, before or after, in milliseconds. Default: two minutes. */
  readonly window?: number;
}

const defaultWindow = 2 * 60 * 1000;

/**
 * What is admitted is remembered for as long as its time could still be taken, so that nothing is opened twice however many others come
 * between. A clock that is put back, which the host of a TEE may do, does not go back here.
 */
export function rememberRequests(
  { entries, window = defaultWindow }: RememberRequestsOptions,
  { epoch }: { epoch(): number },
): ReplayGuard {
  /** By when each was admitted, the oldest first. */
  const seen = new Map<string, number>();
  let now = Number.NEGATIVE_INFINITY;

  /** A request that was admitted at `at` has a time of at most `at + window`, which is taken until a window later. */
  function forget(): void {
    for (const [id, at] of seen) {
      if (now - at <= 2 * window) return;
      seen.delete(id);
    }
  }

  return {
    admit(encapsulated, time) {
      now = Math.max(now, epoch());
      forget();
      if (!(Math.abs(now - time) <= window)) return "late";
      const id = String.fromCharCode(...encapsulated);
      if (seen.has(id)) return "replayed";
      if (seen.size >= entries) return "full";
      seen.set(id, now);
      return "admitted";
    },
  };
}
