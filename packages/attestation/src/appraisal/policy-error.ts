// Evidence is genuine, but not what the policy accepts, or the policy itself is malformed: whoever owns the policy must act.
import { CodedError } from "@sealserve/primitives";

/** One field of a reference value that the evidence misses: what it has, and what would do. */
export interface ReferenceMiss {
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

export interface MissedReference {
  readonly name: string;
  readonly misses: readonly ReferenceMiss[];
}

/** One fault of a policy file: the path of the key, and what is wrong there. */
export interface PolicyFault {
  readonly key: string;
  readonly problem: string;
}

/** Facts of each code. */
export interface PolicyErrorFacts {
  /** A file of a policy or of trust anchors that is refused whole; every fault is told. */
  "policy-malformed": { readonly what: "appraisal policy" | "trust anchors"; readonly faults: readonly PolicyFault[] };
  /** Refused whatever a policy says. */
  "debug-refused": { readonly tee: string };
  "simulated-refused": { readonly policy: string; readonly root: string; readonly sha256: string };
  /** `issuedAt` is null where the collateral does not tell. Dates are ISO 8601. */
  "collateral-stale": {
    readonly policy: string;
    readonly issuedAt: string | null;
    readonly now: string;
    readonly maxAgeDays: number;
  };
  "tcb-status-refused": { readonly policy: string; readonly status: string; readonly accepted: readonly string[] };
  "advisory-refused": { readonly policy: string; readonly status: string; readonly refused: readonly string[] };
  /** `hardwareId` is null where the hardware does not tell. */
  "hardware-not-allowed": { readonly policy: string; readonly hardwareId: string | null };
  /** A reference value matches but for version numbers that are below its minimum. */
  "svn-too-low": { readonly policy: string; readonly reference: string; readonly misses: readonly ReferenceMiss[] };
  "no-reference-matched": {
    readonly policy: string;
    readonly tee: string;
    /** The reference values for this kind of TEE; none: the policy accepts nobody of this kind. */
    readonly references: readonly MissedReference[];
  };
}

export type PolicyErrorCode = keyof PolicyErrorFacts;

const sentences: { readonly [C in PolicyErrorCode]: (facts: PolicyErrorFacts[C]) => string } = {
  "policy-malformed": (f) =>
    [`what was given as ${f.what} is refused:`, ...f.faults.map(({ key, problem }) => `  ${key}: ${problem}`)].join(
      "\n",
    ),
  "debug-refused": (f) => `a debug ${f.tee} TEE keeps no secret from its host; it is refused whatever a policy says`,
  "simulated-refused": (f) =>
    `policy '${f.policy}' does not accept simulated hardware (root '${f.root}', SHA-256 ${f.sha256})`,
  "collateral-stale": (f) =>
    `policy '${f.policy}' accepts collateral for ${f.maxAgeDays} days after its issue; this was issued ${f.issuedAt ?? "at a time that it does not tell"}, and it is ${f.now}: fetch newer collateral`,
  "tcb-status-refused": (f) =>
    `policy '${f.policy}' does not accept TCB status ${f.status}; it accepts ${f.accepted.join(", ") || "none"}`,
  "advisory-refused": (f) =>
    `policy '${f.policy}' does not accept ${f.refused.join(", ") || "unnamed advisories"} with TCB status ${f.status}`,
  "hardware-not-allowed": (f) =>
    `policy '${f.policy}' does not name this hardware (${f.hardwareId ?? "it does not tell its identity"})`,
  "svn-too-low": (f) => `reference '${f.reference}' of policy '${f.policy}' matches but for ${missesOf(f)}`,
  "no-reference-matched": (f) =>
    f.references.length === 0
      ? `policy '${f.policy}' has no reference value for ${f.tee}`
      : `no reference value of policy '${f.policy}' matches: ${f.references.map((r) => `'${r.name}' misses ${missesOf(r)}`).join("; ")}`,
};

function missesOf({ misses }: { readonly misses: readonly ReferenceMiss[] }): string {
  return misses.map(({ field, found, expected }) => `${field} (found ${found}, expected ${expected})`).join(", ");
}

/** Not accepted, although genuine: neither retrying nor other evidence of the same TEE helps; for `collateral-stale` newer collateral does. */
export class PolicyError<C extends PolicyErrorCode = PolicyErrorCode> extends CodedError<C, PolicyErrorFacts[C]> {
  constructor(code: C, facts: PolicyErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "PolicyError";
  }
}

/** The union of all policy errors, so that a `switch` on `code` narrows `facts`. */
export type AnyPolicyError = { [C in PolicyErrorCode]: PolicyError<C> }[PolicyErrorCode];

export function isPolicyError(thrown: unknown): thrown is AnyPolicyError {
  return thrown instanceof PolicyError;
}
