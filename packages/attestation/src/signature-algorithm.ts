// The signature algorithms of Intel's and AMD's evidence, and what a key for one of them looks like.
import { type Bytes, concatBytes, equalBytes } from "@sealserve/primitives";
import { fromHex } from "./hex.ts";

export type SignatureAlgorithm = "ecdsa-p256-sha256" | "ecdsa-p384-sha384" | "rsa-pss-sha384";

/** How a SubjectPublicKeyInfo begins that names its curve and holds an uncompressed point; then x and y follow. */
interface KeyForm {
  readonly prefix: Bytes;
  readonly pointLength: number;
}

const p256: KeyForm = form("3059301306072a8648ce3d020106082a8648ce3d03010703420004", 64);
const p384: KeyForm = form("3076301006072a8648ce3d020106052b8104002203620004", 96);

function form(prefix: string, pointLength: number): KeyForm {
  return { prefix: fromHex(prefix, prefix.length / 2) ?? new Uint8Array(), pointLength };
}

/** RSA keys have no one form. */
const forms: Readonly<Record<SignatureAlgorithm, KeyForm | null>> = {
  "ecdsa-p256-sha256": p256,
  "ecdsa-p384-sha384": p384,
  "rsa-pss-sha384": null,
};

/** Whether a SubjectPublicKeyInfo is written as the vendors write keys of this algorithm; of RSA it says nothing. */
export function hasKeyForm(algorithm: SignatureAlgorithm, publicKey: Bytes): boolean {
  const wanted = forms[algorithm];
  if (wanted === null) return true;
  const { prefix, pointLength } = wanted;
  return publicKey.length === prefix.length + pointLength && equalBytes(publicKey.subarray(0, prefix.length), prefix);
}

/** SubjectPublicKeyInfo of the point x ‖ y (64 bytes) on P-256. */
export function p256PublicKey(point: Bytes): Bytes {
  return concatBytes([p256.prefix, point]);
}
