// The memory that keeps a clock from going back: what was signed at some time, and seen, was seen no earlier.
import { CollateralError } from "./collateral-error.ts";
import type { VerifiedEvidence } from "./verified-evidence.ts";

/** By SHA-256 of the root: what a simulated one has signed says nothing of the time by the vendor's. */
export interface SignedTimes {
  /** Null where nothing was seen. */
  latest(root: string): Date | null;
  /** Of collateral that was verified. */
  saw(root: string, issuedAt: Date): void;
}

/** Milliseconds that two honest clocks may differ. */
const tolerance = 5 * 60_000;

/** Remembers as long as the process runs. */
export function rememberSignedTimes(): SignedTimes {
  const seen = new Map<string, Date>();
  return {
    latest: (root) => seen.get(root) ?? null,
    saw(root, issuedAt) {
      const latest = seen.get(root);
      if (!latest || latest < issuedAt) seen.set(root, issuedAt);
    },
  };
}

/** Throws `clock-behind` where `now` is before what was seen to be signed already: older collateral would hold again. */
export function checkClock({ root, collateralIssuedAt }: VerifiedEvidence, now: Date, times: SignedTimes): void {
  const signed = times.latest(root.sha256);
  if (signed && now.getTime() + tolerance < signed.getTime()) {
    throw new CollateralError("clock-behind", { now: now.toISOString(), signed: signed.toISOString() });
  }
  if (collateralIssuedAt) times.saw(root.sha256, collateralIssuedAt);
}
