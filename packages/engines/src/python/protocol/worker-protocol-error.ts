// What a worker can say that its protocol does not allow.
import { CodedError } from "@sealserve/primitives";

/** Facts of each code. Sizes are bytes. */
export interface WorkerProtocolErrorFacts {
  "negative-length": { readonly what: string; readonly found: number };
  "too-long": { readonly what: string; readonly limit: number; readonly found: number };
  "too-many": { readonly what: string; readonly limit: number };
  /** It closed its connection within a reply. */
  truncated: { readonly wanted: number };
  /** A reply that nobody waits for, or to a request that was not asked. */
  unexpected: { readonly what: string };
}

export type WorkerProtocolErrorCode = keyof WorkerProtocolErrorFacts;

const sentences: { readonly [C in WorkerProtocolErrorCode]: (facts: WorkerProtocolErrorFacts[C]) => string } = {
  "negative-length": (f) => `its worker sent ${f.what} with a length of ${f.found}`,
  "too-long": (f) =>
    `its worker sent ${f.what} of ${f.found} bytes, at most ${f.limit} are allowed; a larger python.maxResponseSize allows more`,
  "too-many": (f) => `its worker sent more than ${f.limit} ${f.what}`,
  truncated: (f) => `its worker closed the connection ${f.wanted} bytes before the end of a reply`,
  unexpected: (f) => `its worker sent ${f.what}`,
};

/** The worker cannot be understood any more: nothing that it sends after this counts. */
export class WorkerProtocolError<C extends WorkerProtocolErrorCode = WorkerProtocolErrorCode> extends CodedError<
  C,
  WorkerProtocolErrorFacts[C]
> {
  constructor(code: C, facts: WorkerProtocolErrorFacts[C]) {
    super(code, sentences[code](facts), facts);
    this.name = "WorkerProtocolError";
  }
}
