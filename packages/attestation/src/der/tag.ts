// The DER tags (X.690) that certificates, CRLs and signatures use.

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag of the context-specific, constructed field `[number]`. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** Tag of the context-specific, primitive field `[number]` (IMPLICIT). */
export function implicitTag(number: number): number {
  return 0x80 | number;
}
