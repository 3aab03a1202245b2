// Checks a token with an attestation result against keys that were pinned beforehand.
import {
  base64url,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import type { AttestationResult } from "../attestation-result.ts";
import { type EarStatus, earProfile } from "./ear-claims.ts";
import { EarError } from "./ear-error.ts";
import { algorithmOf, type PinnedKey } from "./ear-key.ts";
import { readSubmodule } from "./read-submodule.ts";

/** How far the clocks of two hosts may differ before a fresh token seems to come from the future. */
const skewMs = 60_000;

export interface VerifyEarOptions {
  /** Nothing in the token adds to them: `jwk`, `jku`, `x5c` and `x5u` of its header are not looked at. */
  readonly keys: readonly PinnedKey[];
  readonly issuer: string;
  readonly now: Date;
  readonly audience?: string;
  /** Left out: whoever calls checks `nonce` of what is returned, or has no use for one. */
  readonly nonce?: string;
  /** SHA-256 of the roots of simulated hardware for which status `none` will do; left out: none. */
  readonly simulatedRoots?: readonly string[];
}

export interface VerifiedEar {
  readonly status: EarStatus;
  readonly result: AttestationResult;
  readonly nonce: string;
  /** What the attester bound to its evidence; null where the token says nothing. */
  readonly runtimeData: Readonly<Record<string, unknown>> | null;
  readonly issuedAt: Date;
  readonly expires: Date;
}

/** Throws `EarError`. A token says no more than its issuer does: what it may open is for the caller to decide. */
export async function verifyEar(token: string, options: VerifyEarOptions): Promise<VerifiedEar> {
  const { key } = findKey(headerOf(token), options.keys);
  checkForm(token);
  const payload = await checkToken(token, key, options);
  const { status, result, runtimeData } = readSubmodule(payload);
  const allowed = status === "affirming" || status === "warning";
  if (!allowed && !(status === "none" && options.simulatedRoots?.includes(result.root.sha256))) {
    throw new EarError("not-affirming", { status, root: result.root.name });
  }
  const nonce = payload["eat_nonce"];
  if (typeof nonce !== "string") throw new EarError("malformed", { problem: "eat_nonce is not a text" });
  if (options.nonce !== undefined && nonce !== options.nonce) throw new EarError("nonce-mismatch", {});
  return { status, result, nonce, runtimeData, ...datesOf(payload, options.now) };
}

const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)$/;

/**
 * A token has one spelling (RFC 7515, section 2: no padding, no white space). Decoders pass over white space and bits without a meaning, and
 * only the signature is not signed itself.
 */
function checkForm(token: string): void {
  const [, signature = ""] = compactForm.exec(token) ?? [];
  if (signature === "" || respelled(signature) !== signature) throw notCompact();
}

function respelled(signature: string): string {
  try {
    return base64url.encode(base64url.decode(signature));
  } catch (error) {
    throw notCompact(error);
  }
}

function notCompact(cause?: unknown): EarError {
  return new EarError("malformed", { problem: "it is not a signed token in compact form" }, cause);
}

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch (error) {
    throw notCompact(error);
  }
}

/** By `kid`; a token without one fits only where a single key is pinned. */
function findKey({ alg, kid }: ProtectedHeaderParameters, keys: readonly PinnedKey[]): PinnedKey {
  const [only, another] = keys;
  const found = kid === undefined && !another ? only : keys.find(({ keyId }) => keyId === kid);
  if (!found) throw new EarError("key-unknown", { keyId: kid ?? null });
  if (alg !== algorithmOf(found.key)) throw new EarError("algorithm-refused", { found: String(alg) });
  return found;
}

async function checkToken(token: string, key: CryptoKey, options: VerifyEarOptions): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithmOf(key)],
      issuer: options.issuer,
      ...(options.audience === undefined ? {} : { audience: options.audience }),
      requiredClaims: ["iat", "exp", "eat_nonce", "eat_profile"],
      currentDate: options.now,
    });
    if (payload["eat_profile"] !== earProfile) throw new EarError("malformed", { problem: "its profile is another" });
    return payload;
  } catch (error) {
    throw error instanceof EarError ? error : toEarError(error, options);
  }
}

function toEarError(error: unknown, { issuer, audience, now }: VerifyEarOptions): EarError {
  if (error instanceof errors.JWTExpired) {
    return new EarError("expired", { until: isoOf(error.payload.exp), now: now.toISOString() });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return new EarError("issuer-refused", { expected: issuer });
    if (error.claim === "aud") return new EarError("audience-refused", { expected: audience ?? "nobody" });
    if (error.claim === "nbf") {
      return new EarError("not-yet-valid", { from: isoOf(error.payload.nbf), now: now.toISOString() });
    }
    return new EarError("malformed", { problem: `its claim ${error.claim} is missing or of another form` });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return new EarError("signature-invalid", {});
  if (error instanceof errors.JOSEError) return new EarError("malformed", { problem: error.code }, error);
  throw error;
}

function datesOf({ iat = 0, exp = 0 }: JWTPayload, now: Date): { readonly issuedAt: Date; readonly expires: Date } {
  const issuedAt = new Date(iat * 1000);
  if (issuedAt.getTime() <= now.getTime() + skewMs) return { issuedAt, expires: new Date(exp * 1000) };
  throw new EarError("not-yet-valid", { from: isoOf(iat), now: now.toISOString() });
}

function isoOf(seconds: number | undefined): string {
  const date = new Date((seconds ?? 0) * 1000);
  return Number.isNaN(date.getTime()) ? "no date" : date.toISOString();
}
