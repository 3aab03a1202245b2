// Judges evidence by a policy, and says by which collateral: accepted, or refused with the reason in full.
import {
  type AppraisalPolicy,
  type AttestationResult,
  type Collateral,
  CollateralError,
  type Evidence,
  PolicyError,
  type ReportData,
  type Verifier,
} from "@sealserve/attestation";
import { CodedError, reasonOf } from "@sealserve/primitives";
import { AuditError } from "../audit/audit-error.ts";
import { type Content, contentOf } from "../audit/content.ts";
import { writeCollateral } from "./collateral-document.ts";
import type { RecordingSource } from "./recording-source.ts";

/** What the caller tells the peer: the reason itself is for the audit log. */
export type Refusal = "evidence-refused" | "policy-refused" | "collateral-unavailable";

interface Grounds {
  /** As `writeCollateral` writes it. */
  readonly collateral: Content;
}

export type Verdict =
  | (Grounds & { readonly accepted: AttestationResult })
  | (Grounds & {
      readonly accepted: null;
      readonly refusal: Refusal;
      readonly reason: string;
      readonly detail: string;
    });

export interface JudgeParts {
  readonly verifier: Verifier;
  /** What the verifier has seen is durable before a verdict is told. */
  readonly memory: { save(): Promise<void> };
  /** The one that the verifier asks. */
  readonly source: RecordingSource;
  /** Milliseconds since 1970. */
  readonly epoch: () => number;
  /** For whoever must notice that collateral gets old. */
  readonly onAccepted?: (result: AttestationResult) => void;
}

/** What nobody passes: a tenant or a model without a policy is judged by this, and takes as long. */
export const nobody: AppraisalPolicy = {
  name: "nobody",
  references: [],
  tcbStatuses: [],
  advisories: [],
  graceDays: 0,
  hardwareIds: [],
  simulatedRoots: [],
};

export class Judge {
  readonly #parts: JudgeParts;
  /** Collateral that a cache gives out again and again is written once. */
  readonly #written = new WeakMap<Collateral, Content>();

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /** Throws only what nobody foresaw, `AuditError`, or the signal's reason. */
  async judge(
    evidence: Evidence,
    expected: ReportData,
    policy: AppraisalPolicy,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { verifier, memory, source, epoch } = this.#parts;
    const fetched: Collateral[] = [];
    const now = new Date(epoch());
    try {
      const accepted = await source.during(fetched, () =>
        verifier.verify(evidence, expected, policy, now, signal).finally(() => memory.save()),
      );
      this.#parts.onAccepted?.(accepted);
      return { accepted, collateral: this.#contentOf(fetched) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CodedError) || error instanceof AuditError) throw error;
      const reason = String(error.code);
      return {
        accepted: null,
        refusal: refusalOf(error),
        reason,
        detail: reasonOf(error),
        collateral: this.#contentOf(fetched),
      };
    }
  }

  #contentOf(fetched: readonly Collateral[]): Content {
    const [only, another] = fetched;
    if (!only || another) return contentOf(writeCollateral(fetched));
    const written = this.#written.get(only) ?? contentOf(writeCollateral(fetched));
    this.#written.set(only, written);
    return written;
  }
}

/** A debug TEE is no matter of the policy: no owner can allow it. */
function refusalOf(error: CodedError<string>): Refusal {
  if (error instanceof PolicyError) return error.code === "debug-refused" ? "evidence-refused" : "policy-refused";
  return error instanceof CollateralError ? "collateral-unavailable" : "evidence-refused";
}
