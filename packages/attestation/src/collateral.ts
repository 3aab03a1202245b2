// What it takes to judge evidence beside the evidence itself, as it was fetched: exact bytes, nothing trusted yet.

/** Endorsements of Intel's provisioning service, in the form that `sgx_ql_get_quote_verification_collateral` and dcap-qvl use. */
export interface DcapCollateral {
  readonly kind: "dcap";
  /** The exact JSON text of the value of `tcbInfo`, and its signature (128 hex digits). */
  readonly tcbInfo: string;
  readonly tcbInfoSignature: string;
  /** PEM chains: signer first, root last. */
  readonly tcbInfoIssuerChain: string;
  readonly qeIdentity: string;
  readonly qeIdentitySignature: string;
  readonly qeIdentityIssuerChain: string;
  /** DER. */
  readonly rootCaCrl: Uint8Array;
  readonly pckCrl: Uint8Array;
  readonly pckCrlIssuerChain: string;
  /** For evidence that carries no PCK chain itself. */
  readonly pckCertificateChain?: string;
}

/** AMD's certificates, DER, and the list of those revoked. */
export interface SnpCollateral {
  readonly kind: "snp";
  /** VCEK or VLEK, ASK or ASVK, ARK: those that the evidence does not bring itself. */
  readonly certificates: readonly Uint8Array[];
  readonly crl: Uint8Array | null;
}

export type Collateral = DcapCollateral | SnpCollateral;

/** What to ask a source for: read from evidence before anything of it is trusted. */
export type CollateralRequest =
  | {
      readonly kind: "dcap";
      readonly tee: "sgx" | "tdx";
      readonly fmspc: string;
      readonly ca: "processor" | "platform";
    }
  | {
      readonly kind: "snp";
      readonly product: "Milan" | "Genoa" | "Turin";
      /** 128 hex digits, zeros where the chip is masked; on Turin only the first 16 name it. */
      readonly chipId: string;
      /** TCB_VERSION as the report holds it, 16 hex digits. */
      readonly reportedTcb: string;
    };

/** Intel's PCS, a PCCS, AMD's KDS, a folder, a cache around one of them. */
export interface CollateralSource {
  /** Throws `CollateralError`: `unavailable` (try again), `not-found` (nobody knows this platform), `malformed`. */
  fetch(request: CollateralRequest, signal: AbortSignal): Promise<Collateral>;
}
