// The checks of a scorecard, filled in one by one: a failure stays, and what was never filled in was not reached.
import { CollateralError, EvidenceError, PolicyError } from "@sealserve/attestation";
import { SessionError } from "./session-error.ts";

/** In the order in which they are shown. */
export const checks = [
  "tee",
  "debug",
  "tcb-status",
  "hardware",
  "measurement",
  "purpose",
  "freshness",
  "certificate",
  "channel-binding",
  "model-set",
  "mesh",
] as const;

export type Check = (typeof checks)[number];

export interface Score {
  readonly check: Check;
  /** `not-compared`: the caller asked for that. */
  readonly outcome: "pass" | "fail" | "not-compared" | "not-reached";
  /** What was found, or why not. */
  readonly reason: string;
  /** Of the error; null unless the check failed. */
  readonly code: string | null;
}

export class ScoreSheet {
  readonly #scores = new Map<Check, Score>();

  pass(check: Check, reason: string): void {
    if (!this.#scores.has(check)) this.#scores.set(check, { check, outcome: "pass", reason, code: null });
  }

  skip(check: Check, reason: string): void {
    this.#scores.set(check, { check, outcome: "not-compared", reason, code: null });
  }

  /** Throws `error` again where it is no refusal. */
  fail(check: Check, error: unknown): void {
    const refusals = [SessionError, EvidenceError, CollateralError, PolicyError];
    const refusal = refusals.some((kind) => error instanceof kind);
    if (!refusal || !(error instanceof Error) || !("code" in error)) throw error;
    this.#scores.set(check, { check, outcome: "fail", reason: error.message, code: String(error.code) });
  }

  /** Whether `act` returns; where it is refused, `check` fails. */
  holds(check: Check, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      this.fail(check, error);
      return false;
    }
  }

  finish(): { readonly verdict: "pass" | "fail"; readonly scores: readonly Score[] } {
    const scores = checks.map(
      (check): Score =>
        this.#scores.get(check) ?? { check, outcome: "not-reached", reason: "a check before it failed", code: null },
    );
    const good = scores.every(({ outcome }) => outcome === "pass" || outcome === "not-compared");
    return { verdict: good ? "pass" : "fail", scores };
  }
}
