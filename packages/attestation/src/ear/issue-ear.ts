// Writes an attestation result as a signed token (EAR in a JWT) for relying parties that do not verify evidence themselves.
import { SignJWT } from "jose";
import type { AttestationResult } from "../attestation-result.ts";
import { annotate } from "./annotated-evidence.ts";
import {
  cpuSubmodule,
  earProfile,
  evidenceClaim,
  resultClaim,
  statusOf,
  trustworthinessOf,
  vectorClaim,
} from "./ear-claims.ts";
import { algorithmOf } from "./ear-key.ts";

export interface IssueEarOptions {
  /** A private key, P-256 (ES256) or Ed25519 (EdDSA). */
  readonly key: CryptoKey;
  readonly keyId: string;
  /** What the evidence answered, as the attester got it. */
  readonly nonce: string;
  readonly issuer: string;
  readonly audience?: string;
  /** Seconds. The token ends earlier where the collateral does. */
  readonly lifetime: number;
  readonly now: Date;
  /** What the evidence's report data is the digest of, such as the attester's public key: it becomes `runtime_data_claims`. */
  readonly runtimeData?: object;
}

/** The token in compact form. Only results that a policy accepted exist, so there is nothing here to refuse. */
export async function issueEar(result: AttestationResult, options: IssueEarOptions): Promise<string> {
  const vector = trustworthinessOf(result);
  const issued = Math.floor(options.now.getTime() / 1000);
  const submodule = {
    "ear.status": statusOf(vector),
    [vectorClaim]: vector,
    "ear.appraisal-policy-id": result.policy,
    [evidenceClaim]: annotate(result, options.runtimeData ?? null),
    [resultClaim]: { ...result, notAfter: result.notAfter.toISOString() },
  };
  const token = new SignJWT({
    eat_profile: earProfile,
    eat_nonce: options.nonce,
    "ear.verifier-id": { developer: "sealserve", build: "sealserve attestation" },
    submods: { [cpuSubmodule]: submodule },
  })
    .setProtectedHeader({ alg: algorithmOf(options.key), kid: options.keyId, typ: "JWT" })
    .setIssuer(options.issuer)
    .setIssuedAt(issued)
    .setExpirationTime(Math.min(issued + options.lifetime, Math.floor(result.notAfter.getTime() / 1000)));
  if (options.audience !== undefined) token.setAudience(options.audience);
  return token.sign(options.key);
}
