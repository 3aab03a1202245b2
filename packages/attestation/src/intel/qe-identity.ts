// What Intel says of its quoting enclave ("enclave identity", version 2).
import type { SvnLevel } from "./tcb-info.ts";

export interface QeIdentity {
  readonly id: "QE" | "TD_QE";
  /** Milliseconds since 1970. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly tcbEvaluationDataNumber: number;
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  /** Best first. */
  readonly levels: readonly SvnLevel[];
}
