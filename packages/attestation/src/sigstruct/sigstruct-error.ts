// What is wrong with a SIGSTRUCT.
import { CodedError } from "@sealserve/primitives";

export interface SigstructErrorFacts {
  length: { readonly expected: number; readonly found: number };
  malformed: { readonly field: string; readonly found: string; readonly expected: string };
  signature: Readonly<Record<never, never>>;
}

export type SigstructErrorCode = keyof SigstructErrorFacts;

const sentences: { readonly [C in SigstructErrorCode]: (facts: SigstructErrorFacts[C]) => string } = {
  length: (f) => `a SIGSTRUCT is ${f.expected} bytes, not ${f.found}`,
  malformed: (f) => `SIGSTRUCT field ${f.field} is ${f.found}, but must be ${f.expected}`,
  signature: () => "the SIGSTRUCT's signature does not hold for the key inside",
};

export class SigstructError<C extends SigstructErrorCode = SigstructErrorCode> extends CodedError<
  C,
  SigstructErrorFacts[C]
> {
  constructor(code: C, facts: SigstructErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "SigstructError";
  }
}
