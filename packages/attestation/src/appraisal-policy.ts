// What a relying party accepts: reference values and rules, as data. What is not named is refused.
import type { TcbStatus } from "./tcb-status.ts";

/** One of several ways to be accepted: every field that is given must hold; lists are one-of, hex is lower case and of fixed width. */
export interface SgxReference {
  readonly tee: "sgx";
  readonly name: string;
  /** At least one of `mrEnclave` and `mrSigner` must be given; with `mrSigner` alone also `isvProdId` and `minIsvSvn`. */
  readonly mrEnclave?: readonly string[];
  readonly mrSigner?: readonly string[];
  readonly isvProdId?: number;
  readonly minIsvSvn?: number;
  readonly configId?: readonly string[];
}

export interface TdxReference {
  readonly tee: "tdx";
  readonly name: string;
  readonly mrTd: readonly string[];
  /** By index; null: any. */
  readonly rtmr?: readonly (readonly string[] | null)[];
  readonly mrConfigId?: readonly string[];
  readonly mrSeam?: readonly string[];
  /** Exact values of `tdAttributes`, 16 hex digits; default: only SEPT_VE_DISABLE may be set, and must be. */
  readonly tdAttributes?: readonly string[];
}

export interface SnpReference {
  readonly tee: "snp";
  readonly name: string;
  readonly measurement: readonly string[];
  readonly hostData?: readonly string[];
  readonly idKeyDigest?: readonly string[];
  readonly minGuestSvn?: number;
  readonly vmpl?: readonly number[];
  /** Least patch levels; what is left out is 0. */
  readonly minTcb: {
    readonly bootLoader?: number;
    readonly tee?: number;
    readonly snp?: number;
    readonly microcode?: number;
  };
}

export type ReferenceValue = SgxReference | TdxReference | SnpReference;

/** Debug TEEs, Revoked, unknown statuses, expired collateral and bad signatures are refused whatever a policy says. */
export interface AppraisalPolicy {
  readonly name: string;
  /** One of these must hold; none: nobody is accepted. */
  readonly references: readonly ReferenceValue[];
  /** TCB statuses that are accepted. */
  readonly tcbStatuses: readonly TcbStatus[];
  /** Advisories that are accepted with a status other than UpToDate; any other refuses. */
  readonly advisories: readonly string[];
  /** Days after the date of a newer TCB level in which OutOfDate is still accepted; 0: none. */
  readonly graceDays: number;
  /** Days after which collateral is too old, although its own window still runs; left out: its window alone decides. */
  readonly maxCollateralAgeDays?: number;
  /** Hardware that may attest; null: any genuine hardware. */
  readonly hardwareIds: readonly string[] | null;
  /** SHA-256 of the roots of simulated hardware that are accepted; empty: none. */
  readonly simulatedRoots: readonly string[];
}
