// The key of one attesting process: its public half goes into report data, and what a key broker releases is encrypted to it.
import { type FlattenedJWE, flattenedDecrypt } from "jose";
import { SessionError } from "./session-error.ts";

/** The JWK that evidence names (confidential-containers KBS 0.4.0, `tee-pubkey`). */
export interface TeePublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ECDH-ES+A256KW";
  readonly x: string;
  readonly y: string;
}

/** The private half never leaves the platform's own key store. */
export interface TeeKey {
  readonly publicJwk: TeePublicJwk;
  /** What is in a flattened JWE (ECDH-ES+A256KW, A256GCM; no other algorithm). Throws `released-unreadable`. */
  open(jwe: FlattenedJWE): Promise<Uint8Array>;
}

const allowed = { keyManagementAlgorithms: ["ECDH-ES+A256KW"], contentEncryptionAlgorithms: ["A256GCM"] };

export async function createTeeKey(): Promise<TeeKey> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return {
    publicJwk: { kty: "EC", crv: "P-256", alg: "ECDH-ES+A256KW", x, y },
    async open(jwe) {
      try {
        return (await flattenedDecrypt(jwe, pair.privateKey, allowed)).plaintext;
      } catch (error) {
        throw new SessionError("released-unreadable", {}, error);
      }
    },
  };
}
