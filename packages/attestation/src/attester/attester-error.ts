// Why there is no evidence: a closed list of what can go wrong between this process and the hardware it runs in.
import { CodedError } from "@sealserve/primitives";

export interface AttesterErrorFacts {
  /** Nothing on this machine makes evidence; `looked`: where it would be. */
  "no-attester": { readonly looked: readonly string[] };
  /** Gramine runs the process, but without remote attestation, or not with DCAP. */
  "attestation-type": { readonly found: string };
  /** The kernel offers evidence of a TEE that is not known here. */
  "provider-unknown": { readonly found: string };
  /** The kernel or the hardware is busy; after some attempts. */
  busy: { readonly attempts: number };
  /** Others wrote to the same report, each time. */
  "report-disturbed": { readonly attempts: number };
  /** What came back does not bear the report data that were asked for. */
  "report-data-mismatch": { readonly attempts: number };
  "output-malformed": { readonly what: string; readonly problem: string };
  "file-failed": { readonly file: string; readonly reason: string };
  /** What says which settings were measured with the program. */
  "measured-malformed": { readonly file: string; readonly problem: string };
}

export type AttesterErrorCode = keyof AttesterErrorFacts;

const sentences: { readonly [C in AttesterErrorCode]: (facts: AttesterErrorFacts[C]) => string } = {
  "no-attester": (f) => `this machine makes no evidence: there is neither ${f.looked.join(" nor ")}`,
  "attestation-type": (f) => `Gramine's attestation type is '${f.found}'; set sgx.remote_attestation = "dcap"`,
  "provider-unknown": (f) => `the kernel's provider '${f.found}' is not known; known are tdx_guest and sev_guest`,
  busy: (f) => `the kernel was busy in each of ${f.attempts} attempts`,
  "report-disturbed": (f) => `somebody else wrote to the same report in each of ${f.attempts} attempts`,
  "report-data-mismatch": (f) => `the evidence bears other report data than was asked for, in ${f.attempts} attempts`,
  "output-malformed": (f) => `${f.what}: ${f.problem}`,
  "file-failed": (f) => `${f.file} failed: ${f.reason}`,
  "measured-malformed": (f) => `${f.file} cannot be used: ${f.problem}`,
};

export class AttesterError<C extends AttesterErrorCode = AttesterErrorCode> extends CodedError<
  C,
  AttesterErrorFacts[C]
> {
  constructor(code: C, facts: AttesterErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "AttesterError";
  }
}
