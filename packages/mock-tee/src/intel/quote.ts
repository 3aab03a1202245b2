// Intel's quotes: header, body, and the signatures that lead from the body to the PCK certificate.
import { createHash } from "node:crypto";
import { toReportData } from "@sealserve/attestation";
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import { fromHex } from "../hex.ts";
import { publicPoint, type SigningKey, signRaw } from "../x509/signing-key.ts";
import { defaultQeSvn, qeSigner } from "./documents.ts";
import { type SgxMeasurements, sgxBody, type TdxMeasurements, tdBody } from "./report-body.ts";

export interface QuoteFacts {
  readonly measurements: SgxMeasurements | TdxMeasurements;
  /** 64 bytes. */
  readonly reportData: Bytes;
  readonly version: 3 | 4 | 5;
  readonly tdVersion: "1.0" | "1.5";
  readonly qeSvn: number;
  readonly pceSvn: number;
  readonly cpuSvn: readonly number[];
  readonly attestationKey: SigningKey;
  readonly pckKey: SigningKey;
  /** PEM: leaf, intermediate, root. */
  readonly pckChain: string;
  readonly certificationType: number;
  readonly qeAuthData: Bytes;
  readonly qe: Partial<Omit<SgxMeasurements, "tee">>;
  /** Changes bytes before they are signed: header with body, and the quoting enclave's report. */
  readonly editSigned: (headerAndBody: Bytes) => void;
  readonly editQeReport: (report: Bytes) => void;
  /** Bytes behind the quote. */
  readonly padding: Bytes;
}

/** Throws `RangeError` for a field of another width. */
export function buildQuote(facts: QuoteFacts): Bytes {
  toReportData(facts.reportData);
  const signed = concatBytes([header(facts), body(facts)]).slice();
  facts.editSigned(signed);
  const certification = qeCertification(facts);
  const authData = concatBytes([
    signRaw(facts.attestationKey, signed),
    publicPoint(facts.attestationKey),
    ...(facts.version === 3 ? [] : [uint16(6), uint32(certification.length)]),
    certification,
  ]);
  return concatBytes([signed, uint32(authData.length), authData, facts.padding]);
}

/** Of Intel's quoting enclaves. */
const vendorId = fromHex("939a7233f79c4ca9940a0db3957f0607", 16);
const qeId = fromHex("51e5a11ed0000000000000000000000000000000", 20);

function header({ version, measurements, qeSvn, pceSvn }: QuoteFacts): Bytes {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, version, true);
  view.setUint16(2, 2, true);
  view.setUint32(4, measurements.tee === "sgx" ? 0 : 0x81, true);
  if (version === 3) {
    view.setUint16(8, qeSvn, true);
    view.setUint16(10, pceSvn, true);
  }
  bytes.set(vendorId, 12);
  bytes.set(qeId, 28);
  return bytes;
}

function body({ version, measurements, reportData, tdVersion, cpuSvn }: QuoteFacts): Bytes {
  const bytes =
    measurements.tee === "sgx"
      ? sgxBody(measurements, reportData, cpuSvn)
      : tdBody(measurements, reportData, tdVersion);
  if (version !== 5) return bytes;
  const type = measurements.tee === "sgx" ? 1 : tdVersion === "1.0" ? 2 : 3;
  return concatBytes([uint16(type), uint32(bytes.length), bytes]);
}

/** The quoting enclave's report, which vouches for the attestation key, its signature, and the PCK chain. */
function qeCertification(facts: QuoteFacts): Bytes {
  const hash = createHash("sha256").update(publicPoint(facts.attestationKey)).update(facts.qeAuthData).digest();
  const reportData = concatBytes([hash, new Uint8Array(32)]);
  const { tee } = facts.measurements;
  const report = sgxBody(
    {
      mrEnclave: "9e".repeat(32),
      mrSigner: qeSigner(tee),
      isvProdId: tee === "sgx" ? 1 : 2,
      isvSvn: facts.qeSvn,
      attributes: "1500000000000000e700000000000000",
      ...facts.qe,
    },
    reportData,
    facts.cpuSvn,
  );
  facts.editQeReport(report);
  const chain = utf8(facts.pckChain);
  return concatBytes([
    report,
    signRaw(facts.pckKey, report),
    uint16(facts.qeAuthData.length),
    facts.qeAuthData,
    uint16(facts.certificationType),
    uint32(chain.length),
    chain,
  ]);
}

function uint16(value: number): Bytes {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** What an untampered quote has, beyond its measurements and keys. */
export const plainQuote = {
  tdVersion: "1.0",
  qeSvn: defaultQeSvn,
  certificationType: 5,
  qeAuthData: Uint8Array.from({ length: 32 }, (_, index) => index),
  qe: {},
  editSigned: () => {},
  editQeReport: () => {},
  padding: new Uint8Array(0),
} as const;
