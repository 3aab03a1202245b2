// Why a key broker refuses or cannot answer: few codes, sorted by what the caller should do; the reason in full stays in its audit log.
import { CodedError } from "@sealserve/primitives";
import { type AdminRefusal, adminRefusalSentence } from "./admin-refusal.ts";

/** `decision` is the number of the audit entry that says more; null where nothing was decided. */
interface Decision {
  readonly decision: number | null;
}

export interface KeyBrokerErrorFacts {
  // Mend the request.
  "malformed-request": { readonly problem: string };
  "too-large": { readonly limit: number };
  "not-found": Readonly<Record<never, never>>;
  "method-not-allowed": Readonly<Record<never, never>>;
  /** For administrators: it cannot be done as things are. */
  conflict: { readonly problem: string };
  // Attest again, with a new nonce.
  "session-refused": Readonly<Record<never, never>>;
  "token-refused": Decision;
  // Stop: this evidence is not genuine, not fresh or not for this broker.
  "evidence-refused": Decision;
  // Ask whoever owns the policy.
  "policy-refused": Decision;
  // Seal the file again: none of its stanzas is for a key that the policy names.
  "unknown-key": Decision;
  // For administrators: who they are, and what they may do.
  "admin-refused": { readonly reason: AdminRefusal };
  "role-missing": { readonly role: string };
  // Try again later.
  "collateral-unavailable": Decision;
  /** `retryAfter` in whole seconds. */
  "too-many-requests": { readonly retryAfter: number };
  /**
   * `reason`: why nobody was reached; left out where a broker said it. `untouched`: nothing was begun, and another broker on the same database may be
   * asked at once.
   */
  unavailable: { readonly reason?: string; readonly untouched?: true };
  internal: Readonly<Record<never, never>>;
}

export type KeyBrokerErrorCode = keyof KeyBrokerErrorFacts;

const sentences: { readonly [C in KeyBrokerErrorCode]: (facts: KeyBrokerErrorFacts[C]) => string } = {
  "malformed-request": (f) => f.problem,
  "too-large": (f) => `the request body may have ${f.limit} bytes`,
  "not-found": () => "there is nothing at this path",
  "method-not-allowed": () => "this path is known, but not with this method",
  conflict: (f) => f.problem,
  "session-refused": () =>
    "there is no such session, or its nonce was used or has expired: begin again with /kbs/v0/auth",
  "token-refused": () => "the token is missing, expired or not one of this broker's: attest again",
  "evidence-refused": (f) => `the evidence is refused${entry(f)}`,
  "policy-refused": (f) => `the policy refuses${entry(f)}: ask whoever owns it`,
  "unknown-key": (f) =>
    `no stanza is for a key of this model${entry(f)}: seal the file to the recipient of a key that its policy names`,
  "admin-refused": (f) => adminRefusalSentence(f.reason),
  "role-missing": (f) => `this administrator has not the role ${f.role} here`,
  "collateral-unavailable": (f) => `what it takes to judge the evidence cannot be had just now${entry(f)}: try again`,
  "too-many-requests": (f) => `too many requests: try again in ${f.retryAfter} s`,
  unavailable: ({ reason }) =>
    reason === undefined
      ? "the key broker cannot decide just now: try again"
      : `the key broker cannot be reached: ${reason}`,
  internal: () => "internal error",
};

function entry({ decision }: Decision): string {
  return decision === null ? "" : ` (audit entry ${decision})`;
}

/** Never holds a secret, a nonce, evidence or a value that was sent. */
export class KeyBrokerError<C extends KeyBrokerErrorCode = KeyBrokerErrorCode> extends CodedError<
  C,
  KeyBrokerErrorFacts[C]
> {
  constructor(code: C, facts: KeyBrokerErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "KeyBrokerError";
  }
}

/** The union of all key broker errors, so that a `switch` on `code` narrows `facts`. */
export type AnyKeyBrokerError = { [C in KeyBrokerErrorCode]: KeyBrokerError<C> }[KeyBrokerErrorCode];

export function isKeyBrokerError(thrown: unknown): thrown is AnyKeyBrokerError {
  return thrown instanceof KeyBrokerError;
}

export function isKeyBrokerErrorCode(text: unknown): text is KeyBrokerErrorCode {
  return typeof text === "string" && Object.hasOwn(sentences, text);
}
