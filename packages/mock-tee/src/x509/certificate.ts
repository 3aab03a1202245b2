// Issues X.509 v3 certificates under throw-away keys, right or deliberately wrong.
import { createHash } from "node:crypto";
import type { Bytes } from "@sealserve/primitives";
import { bitString, explicit, integer, sequence, time } from "../der/der-writer.ts";
import { type DistinguishedName, writeName } from "./distinguished-name.ts";
import {
  authorityKeyId,
  basicConstraints,
  crlDistributionPoint,
  type KeyUsage,
  keyUsage,
  subjectKeyId,
} from "./extension.ts";
import { type SigningKey, signatureAlgorithm, signStructure } from "./signing-key.ts";

export interface CertificateFields {
  readonly serial: bigint;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectKey: SigningKey;
  readonly issuerKey: SigningKey;
  /** null: no BasicConstraints at all. */
  readonly ca: boolean | null;
  readonly pathLength: number | null;
  /** Empty: no KeyUsage at all. */
  readonly keyUsage: readonly KeyUsage[];
  readonly crlUrl: string | null;
  /** Whether the key identifiers are there. */
  readonly keyIds: boolean;
  /** Further extensions, whole. */
  readonly extensions: readonly Bytes[];
}

export interface Certificate {
  readonly subject: DistinguishedName;
  readonly serial: bigint;
  readonly der: Bytes;
  /** SHA-256 of the DER, 64 hex digits. */
  readonly sha256: string;
  readonly pem: string;
}

export function issueCertificate(fields: CertificateFields): Certificate {
  const algorithm = signatureAlgorithm(fields.issuerKey.kind);
  const body = sequence(
    explicit(0, integer(2)),
    integer(fields.serial),
    algorithm,
    writeName(fields.issuer),
    sequence(time(fields.notBefore), time(fields.notAfter)),
    writeName(fields.subject),
    fields.subjectKey.publicKey,
    explicit(3, sequence(...extensionsOf(fields))),
  );
  const der = sequence(body, algorithm, bitString(signStructure(fields.issuerKey, body)));
  const { subject, serial } = fields;
  return { subject, serial, der, sha256: createHash("sha256").update(der).digest("hex"), pem: toPem(der) };
}

function extensionsOf(fields: CertificateFields): readonly Bytes[] {
  return [
    ...(fields.keyIds ? [authorityKeyId(fields.issuerKey.keyId)] : []),
    ...(fields.crlUrl === null ? [] : [crlDistributionPoint(fields.crlUrl)]),
    ...(fields.keyIds ? [subjectKeyId(fields.subjectKey.keyId)] : []),
    ...(fields.keyUsage.length === 0 ? [] : [keyUsage(fields.keyUsage)]),
    ...(fields.ca === null ? [] : [basicConstraints(fields.ca, fields.pathLength)]),
    ...fields.extensions,
  ];
}

/** PEM (RFC 7468) with a line feed at the end. */
export function toPem(der: Bytes, label = "CERTIFICATE"): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** PEM chain of `certificates`, in their order. */
export function pemChain(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}
