// The roots that evidence may end in: data, given to the verifier by whoever trusts them.

export interface TrustAnchor {
  /** As people call it: "Intel SGX Root CA", "AMD ARK Milan". */
  readonly name: string;
  readonly vendor: "intel" | "amd";
  /** SHA-256 of the root certificate's DER, 64 lower-case hex digits. */
  readonly sha256: string;
  /** A root of simulated hardware: results say so, and only a policy that names this root accepts them. */
  readonly simulated: boolean;
}
