// A DCAP quote as values and views; parsing it proves nothing of it.
import type { Bytes } from "@sealserve/primitives";
import type { Certificate } from "../x509/certificate.ts";
import type { SgxBody } from "./sgx-body.ts";
import type { TdBody } from "./td-body.ts";

/** ECDSA-P256 quotes of version 3 (SGX), 4 (SGX, TDX) and 5 (SGX, TDX 1.0, TDX 1.5). */
export interface Quote {
  readonly version: 3 | 4 | 5;
  readonly body: SgxBody | TdBody;
  /** Header and body, with version 5's descriptor between: what the attestation key signed. */
  readonly signed: Bytes;
  /** r ‖ s. */
  readonly signature: Bytes;
  /** x ‖ y on P-256. */
  readonly attestationKey: Bytes;
  readonly qeReport: SgxBody;
  /** r ‖ s over `qeReport.bytes`, by the PCK certificate's key. */
  readonly qeReportSignature: Bytes;
  readonly qeAuthData: Bytes;
  readonly certification: Certification;
}

export type Certification =
  /** Type 5: leaf, intermediate, root. */
  | { readonly kind: "pck-chain"; readonly chain: PckChain }
  /** Types 1 to 4: the quote names its certificate, but does not bring the chain. */
  | { readonly kind: "reference"; readonly type: number; readonly data: Bytes };

/** Leaf, intermediate, root. */
export type PckChain = readonly [Certificate, Certificate, Certificate];
