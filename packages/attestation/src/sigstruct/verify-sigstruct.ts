// Checks the signature of a SIGSTRUCT and names its author.
import type { Bytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import type { Sigstruct } from "./parse-sigstruct.ts";
import { SigstructError } from "./sigstruct-error.ts";

/** A SIGSTRUCT whose signature holds. That says who made the enclave, not that anyone trusts them. */
export interface VerifiedSigstruct extends Sigstruct {
  /** SHA-256 of the modulus as it stands there, little-endian: SGX's MRSIGNER. */
  readonly mrSigner: string;
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** RSA-3072 with exponent 3, PKCS #1 v1.5, SHA-256. Q1 and Q2 only help the processor and are not looked at. Throws `SigstructError`. */
export async function verifySigstruct(sigstruct: Sigstruct): Promise<VerifiedSigstruct> {
  const { subtle } = globalThis.crypto;
  const jwk = { kty: "RSA", n: base64url(bigEndian(sigstruct.modulus)), e: "Aw" };
  const key = await subtle.importKey("jwk", jwk, algorithm, false, ["verify"]).catch((error: unknown) => {
    throw new SigstructError("malformed", { field: "MODULUS", found: "no RSA key", expected: "one" }, error);
  });
  const signed = Uint8Array.from(sigstruct.signedBytes);
  if (!(await subtle.verify(algorithm, key, bigEndian(sigstruct.signature), signed))) {
    throw new SigstructError("signature", {});
  }
  const digest = await subtle.digest("SHA-256", Uint8Array.from(sigstruct.modulus));
  return { ...sigstruct, mrSigner: toHex(new Uint8Array(digest)) };
}

function bigEndian(littleEndian: Bytes): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(littleEndian).reverse();
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
