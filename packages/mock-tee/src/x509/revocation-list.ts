// Issues X.509 v2 certificate revocation lists under throw-away keys, right or deliberately wrong.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { bitString, enumerated, explicit, integer, sequence, time } from "../der/der-writer.ts";
import { type DistinguishedName, writeName } from "./distinguished-name.ts";
import { authorityKeyId, crlNumber, extension } from "./extension.ts";
import { type SigningKey, signatureAlgorithm, signStructure } from "./signing-key.ts";

export interface RevocationListFields {
  readonly issuer: DistinguishedName;
  readonly issuerKey: SigningKey;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial numbers, each revoked at `thisUpdate` for key compromise. */
  readonly revoked: readonly bigint[];
  /** null: no CRL number. */
  readonly number: number | null;
  /** Whether the authority's key identifier is there. */
  readonly keyId: boolean;
}

/** DER. */
export function issueRevocationList(fields: RevocationListFields): Bytes {
  const algorithm = signatureAlgorithm(fields.issuerKey.kind);
  const extensions = [
    ...(fields.number === null ? [] : [crlNumber(fields.number)]),
    ...(fields.keyId ? [authorityKeyId(fields.issuerKey.keyId)] : []),
  ];
  const body = sequence(
    integer(1),
    algorithm,
    writeName(fields.issuer),
    time(fields.thisUpdate),
    time(fields.nextUpdate),
    ...(fields.revoked.length === 0 ? [] : [sequence(concatBytes(entries(fields)))]),
    ...(extensions.length === 0 ? [] : [explicit(0, sequence(...extensions))]),
  );
  return sequence(body, algorithm, bitString(signStructure(fields.issuerKey, body)));
}

function entries({ revoked, thisUpdate }: RevocationListFields): readonly Bytes[] {
  const date = time(thisUpdate);
  const reasons = sequence(extension("2.5.29.21", enumerated(1)));
  return revoked.map((serial) => sequence(integer(serial), date, reasons));
}
