// What is wrong with an audit log.
import { CodedError } from "@sealserve/primitives";

export interface AuditErrorFacts {
  /** An entry's text, its hash or its link is not what it was. */
  changed: { readonly sequence: number };
  /** A number is missing or there twice. */
  gap: { readonly expected: number; readonly found: number };
  /** Entries at the end are missing. */
  "cut-off": { readonly expected: number; readonly found: number };
  /** The head is not signed by this broker. */
  "head-forged": Readonly<Record<never, never>>;
  /** The log is shorter than it was when it was last seen. */
  "rolled-back": { readonly expected: number; readonly found: number };
  /** The log has another history than the one that was last seen. */
  forked: { readonly sequence: number };
}

export type AuditErrorCode = keyof AuditErrorFacts;

const sentences: { readonly [C in AuditErrorCode]: (facts: AuditErrorFacts[C]) => string } = {
  changed: (f) => `entry ${f.sequence} of the audit log was changed`,
  gap: (f) => `the audit log has entry ${f.found} where ${f.expected} should be`,
  "cut-off": (f) => `the audit log ends with entry ${f.found}, but should reach ${f.expected}`,
  "head-forged": () => "the head of the audit log is not this broker's",
  "rolled-back": (f) => `the audit log ends with entry ${f.found}, but ${f.expected} was seen before`,
  forked: (f) => `the audit log has another entry ${f.sequence} than the one that was seen before`,
};

export class AuditError<C extends AuditErrorCode = AuditErrorCode> extends CodedError<C, AuditErrorFacts[C]> {
  constructor(code: C, facts: AuditErrorFacts[C]) {
    super(code, sentences[code](facts), facts);
    this.name = "AuditError";
  }
}
