// What a certificate and a CRL are, as far as their signature goes: the outer of their two layers.
import type { Bytes } from "@sealserve/primitives";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import type { SignatureAlgorithm } from "../signature-algorithm.ts";
import { readSignatureAlgorithm } from "./signature-algorithm.ts";

export interface Signed {
  /** The part that is signed, whole DER. */
  readonly signed: Bytes;
  readonly algorithm: SignatureAlgorithm;
  /** As X.509 holds it: DER for ECDSA. */
  readonly signature: Bytes;
}

/** Reads all of `der` (RFC 5280, 4.1 and 5.1). Throws `DerError`. */
export function readSigned(der: Bytes): Signed {
  const file = new DerReader(der);
  const outer = file.inside();
  file.end();
  const signed = outer.raw(tag.sequence);
  const algorithm = readSignatureAlgorithm(outer.inside());
  const signature = outer.bitString();
  outer.end();
  return { signed, algorithm, signature };
}
