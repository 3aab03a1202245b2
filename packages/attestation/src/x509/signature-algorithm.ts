// The signature algorithms that Intel's and AMD's certificates use, and how X.509 names them.
import type { Bytes } from "@sealserve/primitives";
import { DerError } from "../der/der-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { contextTag, tag } from "../der/tag.ts";
import type { SignatureAlgorithm } from "../signature-algorithm.ts";

const sha384 = "2.16.840.1.101.3.4.2.2";
const mgf1 = "1.2.840.113549.1.1.8";

/** Reads the content of an AlgorithmIdentifier. Throws {@link DerError} for any algorithm that is not in the list. */
export function readSignatureAlgorithm(identifier: DerReader): SignatureAlgorithm {
  const at = identifier.at;
  const oid = identifier.oid();
  if (oid === "1.2.840.113549.1.1.10") {
    readPssParameters(identifier.inside());
    identifier.end();
    return "rsa-pss-sha384";
  }
  identifier.end();
  if (oid === "1.2.840.10045.4.3.2") return "ecdsa-p256-sha256";
  if (oid === "1.2.840.10045.4.3.3") return "ecdsa-p384-sha384";
  throw new DerError(at, `signature algorithm ${oid}`);
}

/** RFC 4055: SHA-384, MGF1 with SHA-384, 48 bytes of salt; nothing else. */
function readPssParameters(parameters: DerReader): void {
  const at = parameters.at;
  const hash = parameters.inside(contextTag(0)).inside();
  const mask = parameters.inside(contextTag(1)).inside();
  const salt = parameters.inside(contextTag(2)).smallUnsigned(1024);
  const trailer = parameters.insideIf(contextTag(3))?.smallUnsigned(255) ?? 1;
  parameters.end();
  const sound = isSha384(hash) && mask.oid() === mgf1 && isSha384(mask.inside()) && salt === 48 && trailer === 1;
  if (!sound) throw new DerError(at, "parameters of RSASSA-PSS other than SHA-384 with 48 bytes of salt");
}

function isSha384(identifier: DerReader): boolean {
  const oid = identifier.oid();
  if (identifier.peek() === tag.null) identifier.content(tag.null);
  identifier.end();
  return oid === sha384;
}

/** r ‖ s, each `size` bytes big-endian, of a DER signature. Throws {@link DerError}. */
export function toRawEcdsa(signature: Bytes, size: number): Uint8Array<ArrayBuffer> {
  const outer = new DerReader(signature);
  const pair = outer.inside();
  outer.end();
  const raw = new Uint8Array(2 * size);
  for (const end of [size, 2 * size]) {
    const number = pair.unsigned();
    if (number.length > size) throw new DerError(0, "a signature too long for its curve");
    raw.set(number, end - number.length);
  }
  pair.end();
  return raw;
}
