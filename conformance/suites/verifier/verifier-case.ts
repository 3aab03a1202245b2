// One row of the tables for verifiers: what is asked, and what must come of it.
import type { CollateralErrorCode, EvidenceErrorCode, PolicyErrorCode, TcbStatus } from "@sealserve/attestation";
import type { VerifierTrial, VerifierWorld } from "../../fixtures/verifier-world.ts";

/** A TCB status: accepted, with that status. A code: refused, for that reason. */
export type Outcome = TcbStatus | EvidenceErrorCode | CollateralErrorCode | PolicyErrorCode;

/** Names begin with the case in the list of security cases, where there is one. */
export type VerifierCase = readonly [name: string, outcome: Outcome, trial: (world: VerifierWorld) => VerifierTrial];

/** An edit of bytes: `patch` written at `at`; from the end where `at` is negative. */
export function patching(at: number, ...patch: readonly number[]): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const changed = bytes.slice();
    changed.set(patch, at < 0 ? bytes.length + at : at);
    return changed;
  };
}

/** One bit of the byte at `at` turned. */
export function flipping(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

export function cutting(length: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.slice(0, length);
}
