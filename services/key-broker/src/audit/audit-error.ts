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
  /** The database is sealed under another root key since this broker started. */
  "root-key-changed": Readonly<Record<never, never>>;
  /** The log is shorter than it was when it was last seen. */
  "rolled-back": { readonly expected: number; readonly found: number };
  /** The log has another history than the one that was last seen. */
  forked: { readonly sequence: number };
  /** Rows that are decided upon are not those that the log's last entry is of: an older copy, or edited by hand. */
  "state-changed": { readonly where: string };
  /** The file that remembers how far the log has come cannot be read or written. */
  "witness-unusable": { readonly file: string };
}

/** What an operator can do who did that on purpose. */
const restored = "; if you have restored a back-up, accept it: sealserve broker accept-restored";

export type AuditErrorCode = keyof AuditErrorFacts;

const sentences: { readonly [C in AuditErrorCode]: (facts: AuditErrorFacts[C]) => string } = {
  changed: (f) => `entry ${f.sequence} of the audit log was changed`,
  gap: (f) => `the audit log has entry ${f.found} where ${f.expected} should be`,
  "cut-off": (f) => `the audit log ends with entry ${f.found}, but should reach ${f.expected}`,
  "head-forged": () => "the head of the audit log is not this broker's",
  "root-key-changed": () =>
    "the database is sealed under another root key since this broker started: start it anew with that key",
  "rolled-back": (f) => `the audit log ends with entry ${f.found}, but ${f.expected} was seen before${restored}`,
  forked: (f) => `the audit log has another entry ${f.sequence} than the one that was seen before${restored}`,
  "state-changed": (f) => `${f.where} is not as the audit log has it: rows are older or were edited${restored}`,
  "witness-unusable": (f) =>
    `the witness of the audit log ${f.file} cannot be read and written: name another file as auditWitness`,
};

export class AuditError<C extends AuditErrorCode = AuditErrorCode> extends CodedError<C, AuditErrorFacts[C]> {
  constructor(code: C, facts: AuditErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "AuditError";
  }
}
