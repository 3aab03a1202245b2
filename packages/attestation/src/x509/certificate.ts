// An X.509 certificate as values and views; parsing it proves nothing of it.
import { type Bytes, reasonOf } from "@sealserve/primitives";
import { DerReader } from "../der/der-reader.ts";
import { contextTag, implicitTag, tag } from "../der/tag.ts";
import { toHex } from "../hex.ts";
import type { SignatureAlgorithm } from "../signature-algorithm.ts";
import { CertificateError } from "./certificate-error.ts";
import { type Extensions, readExtensions } from "./extensions.ts";
import { commonNameOf } from "./name.ts";
import { readSignatureAlgorithm } from "./signature-algorithm.ts";
import { readSigned } from "./signed.ts";

export interface Certificate {
  /** The whole certificate, and the part that is signed. */
  readonly der: Bytes;
  readonly signed: Bytes;
  readonly algorithm: SignatureAlgorithm;
  /** As the certificate holds it: DER for ECDSA. */
  readonly signature: Bytes;
  /** Hex of the number's magnitude: equal numbers have equal text. */
  readonly serial: string;
  /** Whole DER of the names; names are equal when these bytes are. */
  readonly issuer: Bytes;
  readonly subject: Bytes;
  /** Empty where the name has none. */
  readonly issuerName: string;
  readonly subjectName: string;
  /** Milliseconds since 1970; both ends are inside. */
  readonly from: number;
  readonly until: number;
  /** SubjectPublicKeyInfo, whole DER. */
  readonly publicKey: Bytes;
  readonly extensions: Extensions;
}

const largest = 16 * 1024;

/** Parses a certificate of X.509 version 3. `place` names it in errors. Throws {@link CertificateError} `certificate-malformed`. */
export function parseCertificate(der: Bytes, place: string): Certificate {
  if (der.length > largest) fault(place, `larger than ${largest} bytes`);
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    fault(place, reasonOf(error), error);
  }
}

function fault(certificate: string, problem: string, cause?: unknown): never {
  throw new CertificateError("certificate-malformed", { certificate, problem }, cause);
}

function readCertificate(der: Bytes): Certificate {
  const { signed, algorithm, signature } = readSigned(der);
  const body = new DerReader(signed).inside();
  const version = body.inside(contextTag(0));
  if (version.smallUnsigned(255) !== 2) fault("", "not of version 3");
  version.end();
  const serial = toHex(body.unsigned());
  if (readSignatureAlgorithm(body.inside()) !== algorithm) fault("", "two different signature algorithms");
  const issuer = body.raw(tag.sequence);
  const validity = body.inside();
  const from = validity.time();
  const until = validity.time();
  validity.end();
  const subject = body.raw(tag.sequence);
  const publicKey = body.raw(tag.sequence);
  // issuerUniqueID and subjectUniqueID: nobody has used them since 1996.
  for (const number of [1, 2]) if (body.peek() === implicitTag(number)) fault("", "unique identifiers");
  const extensions = readExtensions(body.inside(contextTag(3)));
  body.end();
  return {
    ...{ der, signed, algorithm, signature, serial, issuer, subject, from, until, publicKey, extensions },
    issuerName: commonNameOf(issuer),
    subjectName: commonNameOf(subject),
  };
}
