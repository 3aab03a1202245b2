// What Intel says of the patch levels of one platform family ("TCB info", versions 2 and 3).
import type { TcbStatus } from "../tcb-status.ts";

export interface TcbInfo {
  readonly id: "SGX" | "TDX";
  /** Milliseconds since 1970. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  /** Lower-case hex. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbEvaluationDataNumber: number;
  /** Best first. */
  readonly levels: readonly TcbLevel[];
  /** TDX only: the module of major version 0, and those of later ones. */
  readonly tdxModule: TdxModule | null;
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[];
}

interface Level<Status extends TcbStatus> {
  readonly date: number;
  readonly status: Status;
  readonly advisories: readonly string[];
}

export interface TcbLevel extends Level<TcbStatus> {
  /** Least security version numbers, 16 each. */
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  /** null in TCB info for SGX. */
  readonly tdx: readonly number[] | null;
}

/** Of an enclave or a TDX module, which have one security version number. */
export interface SvnLevel extends Level<SvnStatus> {
  readonly isvSvn: number;
}

export type SvnStatus = "UpToDate" | "OutOfDate" | "Revoked";

export interface TdxModule {
  readonly mrSigner: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

export interface TdxModuleIdentity extends TdxModule {
  /** "TDX_" and the major version, two hex digits, upper case. */
  readonly id: string;
  /** Best first. */
  readonly levels: readonly SvnLevel[];
}
