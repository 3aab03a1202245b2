// The time in which a certificate, a CRL or a signed document may be relied on; both ends are inside.

/** Milliseconds since 1970. */
export interface Validity {
  /** Of what, for the error: "PCK certificate", "TCB info". */
  readonly what: string;
  readonly from: number;
  readonly until: number;
}

export type ValidityFault =
  | {
      readonly code: "expired";
      readonly facts: { readonly what: string; readonly until: string; readonly now: string };
    }
  | {
      readonly code: "not-yet-valid";
      readonly facts: { readonly what: string; readonly from: string; readonly now: string };
    };

/** null: `now` is within `validity`. */
export function validityFault({ what, from, until }: Validity, now: Date): ValidityFault | null {
  const time = now.getTime();
  if (time >= from && time <= until) return null;
  // An invalid date is later than anything.
  return time < from
    ? { code: "not-yet-valid", facts: { what, from: isoDate(from), now: isoDate(time) } }
    : { code: "expired", facts: { what, until: isoDate(until), now: isoDate(time) } };
}

/** ISO 8601; "no date" of a clock that shows none. */
export function isoDate(time: number): string {
  return Number.isNaN(time) ? "no date" : new Date(time).toISOString();
}
