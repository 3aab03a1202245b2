// The claims of an EAR token (draft-ietf-rats-ear-04): names and values that its writer and reader share.
import type { AttestationResult } from "../attestation-result.ts";

/** `eat_profile`: claims as Trustee names them, so that what reads its tokens reads these. */
export const earProfile = "tag:github.com,2024:confidential-containers/Trustee";

/** The one submodule: the TEE that the CPU makes. Trustee calls it so. */
export const cpuSubmodule = "cpu0";

export const evidenceClaim = "ear.veraison.annotated-evidence";
export const vectorClaim = "ear.trustworthiness-vector";

/** The whole {@link AttestationResult}, for relying parties that appraise again; beside the names that others know. */
export const resultClaim = "ear.sealserve.result";

/** AR4SI's answer as a whole. Simulated hardware is `none`: nothing is asserted of it. */
export type EarStatus = "none" | "affirming" | "warning" | "contraindicated";

/** AR4SI's trustworthiness claims that this verifier makes; 0: no assertion. */
export interface TrustworthinessVector {
  /** 2: trustworthy instance, because the hardware tells its identity; else 0. */
  readonly "instance-identity": number;
  /** 2: no debugging, all of it checked. */
  readonly configuration: number;
  /** 3: only approved executables at start; known by measurement. */
  readonly executables: number;
  /** 2: genuine and patched; 32: genuine, but with known weaknesses that the policy accepts; 0: simulated. */
  readonly hardware: number;
}

export function trustworthinessOf(result: AttestationResult): TrustworthinessVector {
  const patched = result.tcbStatus === "UpToDate" ? 2 : 32;
  return {
    "instance-identity": result.claims.hardwareId === null || result.root.simulated ? 0 : 2,
    configuration: 2,
    executables: 3,
    hardware: result.root.simulated ? 0 : patched,
  };
}

/** As the worst claim has it; none where the hardware is not vouched for. */
export function statusOf({ hardware }: TrustworthinessVector): EarStatus {
  if (hardware === 0) return "none";
  return hardware === 2 ? "affirming" : "warning";
}
