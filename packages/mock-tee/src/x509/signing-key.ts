// Throw-away key pairs that sign certificates, lists and reports.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Bytes } from "@sealserve/primitives";
import { explicit, integer, nothing, oid, sequence } from "../der/der-writer.ts";

export type KeyKind = "p256" | "p384" | "rsa4096";

export interface SigningKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Bytes;
  /** 20 bytes: SHA-1 over the public key's structure; what names a key need only be unique. */
  readonly keyId: Bytes;
}

/** About 0.1 ms for a curve, 0.3 s for RSA. */
export function generateSigningKey(kind: KeyKind): SigningKey {
  switch (kind) {
    case "p256":
      return toSigningKey(kind, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
    case "p384":
      return toSigningKey(kind, generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey);
    case "rsa4096":
      return toSigningKey(kind, generateKeyPairSync("rsa", { modulusLength: 4096 }).privateKey);
  }
}

/** The key pair of a private key that was kept. */
export function toSigningKey(kind: KeyKind, privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { kind, privateKey, publicKey, keyId: createHash("sha1").update(publicKey).digest() };
}

/** The signature that X.509 carries: ECDSA in DER with SHA-256 or SHA-384, or RSA-PSS with SHA-384. */
export function signStructure(key: SigningKey, data: Bytes): Bytes {
  if (key.kind !== "rsa4096") return sign(digestOf(key.kind), data, key.privateKey);
  return sign("sha384", data, { key: key.privateKey, padding: rsaPssPadding, saltLength: 48 });
}

/** ECDSA as r and s, big-endian, each as wide as the curve. */
export function signRaw(key: SigningKey, data: Bytes): Bytes {
  return sign(digestOf(key.kind), data, { key: key.privateKey, dsaEncoding: "ieee-p1363" });
}

/** The public point as x and y, big-endian. */
export function publicPoint(key: SigningKey): Bytes {
  return key.publicKey.subarray(key.publicKey.length - (key.kind === "p256" ? 64 : 96));
}

/** RSA_PKCS1_PSS_PADDING of OpenSSL. */
const rsaPssPadding = 6;

const digestOf = (kind: KeyKind): string => (kind === "p256" ? "sha256" : "sha384");

/** AlgorithmIdentifier of {@link signStructure}'s signatures. */
export function signatureAlgorithm(kind: KeyKind): Bytes {
  switch (kind) {
    case "p256":
      return sequence(oid("1.2.840.10045.4.3.2"));
    case "p384":
      return sequence(oid("1.2.840.10045.4.3.3"));
    case "rsa4096":
      return rsaPss();
  }
}

/** RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 bytes of salt (RFC 4055), written out as AMD does. */
function rsaPss(): Bytes {
  const sha384 = sequence(oid("2.16.840.1.101.3.4.2.2"), nothing());
  return sequence(
    oid("1.2.840.113549.1.1.10"),
    sequence(
      explicit(0, sha384),
      explicit(1, sequence(oid("1.2.840.113549.1.1.8"), sha384)),
      explicit(2, integer(48)),
      explicit(3, integer(1)),
    ),
  );
}
