// A certificate revocation list, with its serials indexed.
import { type Bytes, equalBytes, reasonOf } from "@sealserve/primitives";
import { DerError } from "../der/der-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { contextTag, tag } from "../der/tag.ts";
import { toHex } from "../hex.ts";
import type { SignatureAlgorithm } from "../signature-algorithm.ts";
import type { Certificate } from "./certificate.ts";
import { extensionIds, readExtensions } from "./extensions.ts";
import { readSignatureAlgorithm } from "./signature-algorithm.ts";
import { readSigned } from "./signed.ts";
import { isSignedByKey } from "./verify-signature.ts";

export interface Crl {
  readonly signed: Bytes;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Bytes;
  /** Whole DER of the issuer's name. */
  readonly issuer: Bytes;
  readonly authorityKeyId: Bytes;
  /** Milliseconds since 1970: thisUpdate and nextUpdate, both inside. */
  readonly from: number;
  readonly until: number;
  /** Serials as `Certificate.serial` writes them. */
  readonly revoked: ReadonlySet<string>;
}

/** A list is held in memory whole, so it may not be larger; Intel's and AMD's have a few kilobytes. */
export const largestCrl = 4 * 1024 * 1024;

/** What a CRL may be called wrong for; whoever asks turns it into an error of its own room. */
export type CrlFault = "malformed" | "too-large" | "issuer" | "signature";

export class CrlError extends Error {
  readonly fault: CrlFault;

  constructor(fault: CrlFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

/** Parses a CRL of X.509 version 2 with the extensions that Intel requires. Throws {@link CrlError}. */
export function parseCrl(der: Bytes): Crl {
  if (der.length > largestCrl) throw new CrlError("too-large", `larger than ${largestCrl} bytes`);
  try {
    return readCrl(der);
  } catch (error) {
    throw error instanceof DerError ? new CrlError("malformed", reasonOf(error), error) : error;
  }
}

/** That `issuer` made `crl`: same name and key, allowed to sign lists. Throws {@link CrlError}. */
export async function verifyCrl(crl: Crl, issuer: Certificate): Promise<void> {
  const { subjectKeyId, keyUsage, basicConstraints } = issuer.extensions;
  const named = equalBytes(crl.issuer, issuer.subject) && subjectKeyId && equalBytes(crl.authorityKeyId, subjectKeyId);
  if (!named || !basicConstraints?.ca || !keyUsage?.has("cRLSign")) {
    throw new CrlError("issuer", `'${issuer.subjectName}' is not its issuer`);
  }
  if (!(await isSignedByKey(issuer.publicKey, crl))) throw new CrlError("signature", "its signature does not hold");
}

function readCrl(der: Bytes): Crl {
  const { signed, algorithm, signature } = readSigned(der);
  const body = new DerReader(signed).inside();
  const at = body.at;
  if (body.smallUnsigned(255) !== 1) throw new DerError(at, "not of version 2");
  if (readSignatureAlgorithm(body.inside()) !== algorithm) throw new DerError(at, "two different signature algorithms");
  const issuer = body.raw(tag.sequence);
  const from = body.time();
  const until = body.time();
  const entries = body.insideIf(tag.sequence);
  const extensions = readExtensions(body.inside(contextTag(0)));
  body.end();
  const { authorityKeyId, values } = extensions;
  const number = values.get(extensionIds.crlNumber);
  if (!authorityKeyId || !number) throw new DerError(at, "without authority key identifier or CRL number");
  new DerReader(number).unsigned();
  return { signed, algorithm, signature, issuer, authorityKeyId, from, until, revoked: readSerials(entries) };
}

function readSerials(entries: DerReader | null): ReadonlySet<string> {
  const serials = new Set<string>();
  while (entries && !entries.atEnd) {
    const entry = entries.inside();
    serials.add(toHex(entry.unsigned()));
    entry.time();
    if (!entry.atEnd) entry.content(tag.sequence);
    entry.end();
  }
  return serials;
}
