// What verified evidence says of the process or machine that made it. Hex is lower case and of fixed width.

interface TeeClaims {
  /** 128 hex digits. */
  readonly reportData: string;
  readonly debug: boolean;
  /** Names this piece of hardware: PIID (else PPID) of the PCK certificate, or the chip id. null where it is masked. */
  readonly hardwareId: string | null;
}

export interface SgxClaims extends TeeClaims {
  readonly tee: "sgx";
  readonly mrEnclave: string;
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configId: string;
  readonly attributes: string;
}

export interface TdxClaims extends TeeClaims {
  readonly tee: "tdx";
  readonly mrTd: string;
  readonly rtmr: readonly [string, string, string, string];
  readonly mrConfigId: string;
  readonly mrOwner: string;
  readonly mrOwnerConfig: string;
  readonly mrSeam: string;
  readonly teeTcbSvn: string;
  readonly tdAttributes: string;
  readonly xfam: string;
  /** TD 1.5 only. */
  readonly mrServiceTd: string | null;
}

export interface SnpTcb {
  readonly bootLoader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
  /** Turin only. */
  readonly fmc: number | null;
}

export interface SnpClaims extends TeeClaims {
  readonly tee: "snp";
  readonly product: "Milan" | "Genoa" | "Turin";
  readonly measurement: string;
  readonly hostData: string;
  readonly idKeyDigest: string;
  readonly authorKeyDigest: string;
  readonly guestSvn: number;
  readonly vmpl: number;
  /** The guest's policy as a number, 16 hex digits. */
  readonly policy: string;
  readonly reportedTcb: SnpTcb;
}

export type Claims = SgxClaims | TdxClaims | SnpClaims;
