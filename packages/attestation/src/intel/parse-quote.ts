// Bytes of a DCAP quote become values, once; nothing is trusted, nothing is allocated before its length is known.
import { ByteCursor, type Bytes, TruncatedError } from "@sealserve/primitives";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { readCertification } from "./certification.ts";
import type { Certification, Quote } from "./quote.ts";
import { readSgxBody, type SgxBody, sgxBodyLength } from "./sgx-body.ts";
import { readTdBody, type TdBody, td10BodyLength, td15BodyLength } from "./td-body.ts";

const headerLength = 48;
const ecdsaP256 = 2;
const sgxTee = 0x00;
const tdxTee = 0x81;
const intelVendor = "939a7233f79c4ca9940a0db3957f0607";
const qeReportCertification = 6;

/**
 * Parses a quote (Intel's "DCAP quote format", versions 3, 4 and 5). Zero bytes may follow it.
 * Throws {@link EvidenceError}: `truncated`, `malformed`, `unsupported`, `trailing-bytes`, `certificate-malformed`.
 */
export function parseQuote(bytes: Bytes): Quote {
  try {
    return readQuote(bytes);
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
    const { at, wanted, length } = error.facts;
    throw new EvidenceError("truncated", { what: "the quote", wanted, found: length - at }, error);
  }
}

function readQuote(bytes: Bytes): Quote {
  const cursor = new ByteCursor(bytes);
  const { version, tee } = readHeader(cursor.take(headerLength));
  const body = readBody(cursor, version, tee);
  const signed = bytes.subarray(0, cursor.at);
  const authData = new ByteCursor(cursor.take(cursor.uint32le()));
  const rest = cursor.take(cursor.remaining);
  if (rest.some((byte) => byte !== 0))
    throw new EvidenceError("trailing-bytes", { what: "the quote", count: rest.length });

  const signature = authData.take(64);
  const attestationKey = authData.take(64);
  const qe = readQe(version === 3 ? authData : insideQeCertification(authData));
  if (authData.remaining > 0) malformed(`${authData.remaining} bytes of its signature section are of no use`);
  return { version, body, signed, signature, attestationKey, ...qe };
}

function readHeader(header: Bytes): { readonly version: 3 | 4 | 5; readonly tee: "sgx" | "tdx" } {
  const cursor = new ByteCursor(header);
  const version = cursor.uint16le();
  if (version !== 3 && version !== 4 && version !== 5) unsupported("quote version", version, "3, 4, 5");
  const keyType = cursor.uint16le();
  if (keyType !== ecdsaP256) unsupported("attestation key type", keyType, "2 (ECDSA with P-256)");
  const tee = cursor.uint32le();
  if (tee !== sgxTee && (tee !== tdxTee || version === 3)) {
    unsupported(`TEE type of a version ${version} quote`, tee, version === 3 ? "0 (SGX)" : "0 (SGX), 129 (TDX)");
  }
  cursor.take(4);
  const vendor = toHex(cursor.take(16));
  if (vendor !== intelVendor) unsupported("vendor of the quoting enclave", vendor, `${intelVendor} (Intel)`);
  return { version, tee: tee === sgxTee ? "sgx" : "tdx" };
}

/** Version 5 says before the body which it is and how long; before, the TEE alone decides. */
function readBody(cursor: ByteCursor, version: 3 | 4 | 5, tee: "sgx" | "tdx"): SgxBody | TdBody {
  if (version !== 5)
    return tee === "sgx" ? readSgxBody(cursor.take(sgxBodyLength)) : readTdBody(cursor.take(td10BodyLength));
  const type = cursor.uint16le();
  const size = cursor.uint32le();
  const sizes = tee === "sgx" ? { 1: sgxBodyLength } : { 2: td10BodyLength, 3: td15BodyLength };
  const expected = new Map(Object.entries(sizes)).get(String(type));
  if (expected === undefined) unsupported(`body type of a quote of ${tee}`, type, Object.keys(sizes).join(", "));
  if (size !== expected) malformed(`a body of type ${type} has ${expected} bytes, not ${size}`);
  return tee === "sgx" ? readSgxBody(cursor.take(size)) : readTdBody(cursor.take(size));
}

/** From version 4 on, what certifies the attestation key is itself wrapped as certification data of type 6. */
function insideQeCertification(authData: ByteCursor): ByteCursor {
  const type = authData.uint16le();
  if (type !== qeReportCertification) unsupported("type of the outer certification data", type, "6");
  return new ByteCursor(authData.take(authData.uint32le()));
}

function readQe(cursor: ByteCursor): {
  readonly qeReport: SgxBody;
  readonly qeReportSignature: Bytes;
  readonly qeAuthData: Bytes;
  readonly certification: Certification;
} {
  const qeReport = readSgxBody(cursor.take(sgxBodyLength));
  const qeReportSignature = cursor.take(64);
  const qeAuthData = cursor.take(cursor.uint16le());
  const type = cursor.uint16le();
  const data = cursor.take(cursor.uint32le());
  if (cursor.remaining > 0) malformed(`${cursor.remaining} bytes follow its certification data`);
  return { qeReport, qeReportSignature, qeAuthData, certification: readCertification(type, data) };
}

function unsupported(what: string, found: number | string, allowed: string): never {
  throw new EvidenceError("unsupported", { what, found: String(found), allowed });
}

function malformed(problem: string): never {
  throw new EvidenceError("malformed", { what: "the quote", problem });
}
