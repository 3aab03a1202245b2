// The public key of an attesting process, to which everything that is released to it gets encrypted: a JWK of two kinds.
import { anyObject, base64, fault, oneOf, record, type Shape } from "./shape.ts";

export interface EcTeePublicKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ECDH-ES+A256KW";
  readonly x: string;
  readonly y: string;
}

export interface RsaTeePublicKey {
  readonly kty: "RSA";
  readonly alg: "RSA-OAEP-256";
  readonly n: string;
  readonly e: string;
}

export type TeePublicKey = EcTeePublicKey | RsaTeePublicKey;

/** RSA keys from 2048 to 4096 bits. */
const [leastModulus, mostModulus] = [256, 512];

/** As it was sent, member for member: report data covers the canonical form of the whole JWK. */
export const teePublicKeyShape: Shape<TeePublicKey> = (value, at) => {
  const { kty } = anyObject(value, at);
  if (kty === "EC") {
    const key = record({
      kty: oneOf("EC"),
      crv: oneOf("P-256"),
      alg: oneOf("ECDH-ES+A256KW"),
      x: coordinate,
      y: coordinate,
    });
    return key(value, at);
  }
  if (kty === "RSA") {
    const key = record({ kty: oneOf("RSA"), alg: oneOf("RSA-OAEP-256"), n: modulus, e: oneOf("AQAB") });
    return key(value, at);
  }
  throw fault(`${at}.kty`, "EC or RSA");
};

const coordinate: Shape<string> = (value, at) => {
  if (base64(32, "url")(value, at).length === 32) return value as string;
  throw fault(at, "base64url of 32 bytes");
};

const modulus: Shape<string> = (value, at) => {
  const bytes = base64(mostModulus, "url")(value, at);
  if (bytes.length >= leastModulus && bytes[0] !== 0) return value as string;
  throw fault(at, `a modulus of ${leastModulus * 8} to ${mostModulus * 8} bits`);
};
