// Makes SIGSTRUCTs as an enclave's author does: for tests.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface SigstructFields {
  readonly mrEnclave: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly flags: number;
  readonly flagsMask: number;
  /** As it stands there: 0x20260615. */
  readonly date: number;
}

export interface AuthorKey {
  readonly privateKey: KeyObject;
  readonly modulus: Uint8Array;
}

export function generateAuthorKey(): AuthorKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 3072, publicExponent: 3 });
  const { n = "" } = publicKey.export({ format: "jwk" });
  return { privateKey, modulus: Uint8Array.from(Buffer.from(n, "base64url")).reverse() };
}

/** `edit` changes bytes before they are signed. */
export function signedSigstruct(
  { privateKey, modulus }: AuthorKey,
  fields: SigstructFields,
  edit: (bytes: Uint8Array, view: DataView) => void = () => {},
): Uint8Array {
  const bytes = new Uint8Array(1808);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from("06000000e10000000000010000000000", "hex"), 0);
  view.setUint32(20, fields.date, true);
  bytes.set(Buffer.from("01010000600000006000000001000000", "hex"), 24);
  bytes.set(modulus, 128);
  view.setUint32(512, 3, true);
  bytes[928] = fields.flags;
  bytes[944] = fields.flagsMask;
  bytes.set(fields.mrEnclave, 960);
  view.setUint16(1024, fields.isvProdId, true);
  view.setUint16(1026, fields.isvSvn, true);
  edit(bytes, view);
  const signed = Buffer.concat([bytes.subarray(0, 128), bytes.subarray(900, 1028)]);
  bytes.set(Uint8Array.from(sign("sha256", signed, privateKey)).reverse(), 516);
  return bytes;
}
