// The extensions of certificates and CRLs: those that decide about trust are understood, critical strangers are refused.
import type { Bytes } from "@sealserve/primitives";
import { DerError } from "../der/der-error.ts";
import { DerReader } from "../der/der-reader.ts";
import { implicitTag, tag } from "../der/tag.ts";

export interface Extensions {
  /** null: absent, which means "no CA". `pathLength` null: any number of CAs may stand below. */
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  /** null: absent. */
  readonly keyUsage: ReadonlySet<KeyUsage> | null;
  readonly subjectKeyId: Bytes | null;
  readonly authorityKeyId: Bytes | null;
  /** Content of every extension by its identifier, those above included. */
  readonly values: ReadonlyMap<string, Bytes>;
}

export const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsage = (typeof keyUsages)[number];

export const extensionIds = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  distributionPoints: "2.5.29.31",
  authorityKeyId: "2.5.29.35",
} as const;

const understood: ReadonlySet<string> = new Set(Object.values(extensionIds));
const mostExtensions = 64;

/** Reads the content of `[3] Extensions` (`[0]` in a CRL). Throws `DerError`. */
export function readExtensions(field: DerReader): Extensions {
  const list = field.inside();
  field.end();
  const values = new Map<string, Bytes>();
  while (!list.atEnd) {
    const at = list.at;
    const extension = list.inside();
    const oid = extension.oid();
    const critical = extension.peek() === tag.boolean && extension.boolean();
    const value = extension.octetString();
    extension.end();
    if (values.has(oid)) throw new DerError(at, `extension ${oid} twice`);
    if (critical && !understood.has(oid)) throw new DerError(at, `critical extension ${oid} is not understood`);
    if (values.size === mostExtensions) throw new DerError(at, `more than ${mostExtensions} extensions`);
    values.set(oid, value);
  }
  const read = <T>(oid: string, reader: (value: DerReader) => T): T | null => {
    const value = values.get(oid);
    if (value === undefined) return null;
    const cursor = new DerReader(value);
    const result = reader(cursor);
    cursor.end();
    return result;
  };
  return {
    basicConstraints: read(extensionIds.basicConstraints, readBasicConstraints),
    keyUsage: read(extensionIds.keyUsage, readKeyUsage),
    subjectKeyId: read(extensionIds.subjectKeyId, (value) => value.octetString()),
    authorityKeyId: read(extensionIds.authorityKeyId, readAuthorityKeyId),
    values,
  };
}

function readBasicConstraints(value: DerReader): { readonly ca: boolean; readonly pathLength: number | null } {
  const fields = value.inside();
  const ca = fields.peek() === tag.boolean && fields.boolean();
  const pathLength = fields.atEnd ? null : fields.smallUnsigned(255);
  fields.end();
  if (!ca && pathLength !== null) throw new DerError(0, "a path length without being a CA");
  return { ca, pathLength };
}

function readKeyUsage(value: DerReader): ReadonlySet<KeyUsage> {
  const content = value.content(tag.bitString);
  const unused = content[0] ?? 8;
  if (unused > 7 || content.length < 2 || content.length > 3) throw new DerError(0, "not a key usage");
  if (((content.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0) throw new DerError(0, "unused bits that are set");
  return new Set(keyUsages.filter((_, bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0));
}

/** The key identifier alone; issuer and serial beside it say nothing that the chain does not. */
function readAuthorityKeyId(value: DerReader): Bytes {
  return value.inside().content(implicitTag(0));
}
