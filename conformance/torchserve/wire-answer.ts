// What came back for a request, over whichever protocol it went.

export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  /** In the order in which they came, names in small letters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Why the answer is not whole, if it is not. */
  readonly broken: string | null;
  /** Milliseconds. */
  readonly took: number;
}
