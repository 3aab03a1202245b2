// Reads a SIGSTRUCT: what an SGX enclave's author signed (Intel SDM 3D, 37.14).
import { type Bytes, concatBytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import { SigstructError } from "./sigstruct-error.ts";

export const sigstructLength = 1808;

/** What the author signed, and with what; not yet checked. */
export interface Sigstruct {
  /** SHA-256 of the enclave's pages, as SGX will measure them. */
  readonly mrEnclave: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
  /** Flags and xfrm, 32 hex digits, and which of their bits the author fixes. */
  readonly attributes: string;
  readonly attributesMask: string;
  /** Whether DEBUG is set or left open to whoever starts the enclave. */
  readonly debug: boolean;
  /** ISO 8601, as the author wrote it. */
  readonly date: string;
  /** RSA-3072, little-endian, 384 bytes each. */
  readonly modulus: Bytes;
  readonly signature: Bytes;
  readonly signedBytes: Bytes;
}

const header = "06000000e10000000000010000000000";
const header2 = "01010000600000006000000001000000";
const debugBit = 0x02;

/** Throws `SigstructError`. */
export function parseSigstruct(bytes: Bytes): Sigstruct {
  if (bytes.length !== sigstructLength) {
    throw new SigstructError("length", { expected: sigstructLength, found: bytes.length });
  }
  const at = (offset: number, length: number): Bytes => bytes.subarray(offset, offset + length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expect("HEADER", toHex(at(0, 16)), header);
  expect("HEADER2", toHex(at(24, 16)), header2);
  expect("EXPONENT", `${view.getUint32(512, true)}`, "3");
  for (const [offset, length] of [
    [44, 84],
    [910, 2],
    [992, 16],
    [1028, 12],
  ] as const) {
    if (at(offset, length).some((byte) => byte !== 0)) expect(`RESERVED at ${offset}`, "set", "zero");
  }
  const flags = bytes[928] ?? 0;
  const mask = bytes[944] ?? 0;
  return {
    mrEnclave: toHex(at(960, 32)),
    isvProdId: view.getUint16(1024, true),
    isvSvn: view.getUint16(1026, true),
    attributes: toHex(at(928, 16)),
    attributesMask: toHex(at(944, 16)),
    debug: (flags & debugBit) !== 0 || (mask & debugBit) === 0,
    date: readDate(view.getUint32(20, true)),
    modulus: at(128, 384),
    signature: at(516, 384),
    signedBytes: concatBytes([at(0, 128), at(900, 128)]),
  };
}

/** Binary-coded decimal, year month day. */
function readDate(value: number): string {
  const digits = value.toString(16).padStart(8, "0");
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
  if (!exists) expect("DATE", digits, "a date as yyyymmdd");
  return date;
}

function expect(field: string, found: string, expected: string): void {
  if (found !== expected) throw new SigstructError("malformed", { field, found, expected });
}
