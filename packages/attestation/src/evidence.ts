// What an attester hands over: bytes that hardware signed, not yet looked at.

export type TeeKind = "sgx" | "tdx" | "snp";

/** An Intel quote (v3, v4, v5); its certificates are inside. */
export interface QuoteEvidence {
  readonly tee: "sgx" | "tdx";
  readonly quote: Uint8Array;
}

/** An AMD attestation report; certificates (DER) come beside it where the host gave them: VCEK or VLEK, ASK, ARK. */
export interface ReportEvidence {
  readonly tee: "snp";
  readonly report: Uint8Array;
  readonly certificates: readonly Uint8Array[];
}

export type Evidence = QuoteEvidence | ReportEvidence;
