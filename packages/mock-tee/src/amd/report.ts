// SEV-SNP attestation reports of versions 2, 3 and 5: 1184 bytes, signed by the chip's key.
import { type SnpTcb, toReportData } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import { fromHex } from "../hex.ts";
import { type SigningKey, signRaw } from "../x509/signing-key.ts";
import { cpuids, type SnpProduct, tcbBytes } from "./snp-tcb.ts";

/** Hex is of the field's width; what is left out is zero, or as production hardware has it. */
export interface SnpMeasurements {
  readonly tee: "snp";
  /** 96 hex digits. */
  readonly measurement?: string;
  /** 64 hex digits each. */
  readonly hostData?: string;
  readonly reportId?: string;
  /** 96 hex digits each. */
  readonly idKeyDigest?: string;
  readonly authorKeyDigest?: string;
  /** 32 hex digits each. */
  readonly familyId?: string;
  readonly imageId?: string;
  readonly guestSvn?: number;
  readonly vmpl?: number;
  readonly debug?: boolean;
  /** The whole policy; default: SMT allowed, reserved bit 17 set, and DEBUG as told. */
  readonly policy?: bigint;
}

export interface ReportFacts {
  readonly measurements: SnpMeasurements;
  /** 64 bytes. */
  readonly reportData: Bytes;
  readonly version: number;
  readonly product: SnpProduct;
  readonly signedBy: "vcek" | "vlek";
  readonly key: SigningKey;
  readonly chipId: Bytes;
  readonly maskChipId: boolean;
  readonly reportedTcb: SnpTcb;
  readonly currentTcb: SnpTcb;
  readonly committedTcb: SnpTcb;
  readonly launchTcb: SnpTcb;
  readonly signatureAlgorithm: number;
  /** Change bytes before, and after, the report is signed. */
  readonly editSigned: (report: Bytes) => void;
  readonly editSignature: (report: Bytes) => void;
}

const signedLength = 0x2a0;

/** Throws `RangeError` for a field of another width. */
export function buildReport(facts: ReportFacts): Bytes {
  toReportData(facts.reportData);
  const report = new Uint8Array(0x4a0);
  writeGuest(report, facts);
  writePlatform(report, facts);
  facts.editSigned(report);
  const signature = signRaw(facts.key, report.subarray(0, signedLength));
  report.set(signature.slice(0, 48).reverse(), signedLength);
  report.set(signature.slice(48).reverse(), signedLength + 72);
  facts.editSignature(report);
  return report;
}

function writeGuest(report: Uint8Array, { measurements, reportData, signatureAlgorithm, version }: ReportFacts): void {
  const view = new DataView(report.buffer);
  const put = (at: number, width: number, hex: string | undefined): void => {
    if (hex !== undefined) report.set(fromHex(hex, width), at);
  };
  view.setUint32(0x000, version, true);
  view.setUint32(0x004, measurements.guestSvn ?? 0, true);
  view.setBigUint64(0x008, measurements.policy ?? (measurements.debug ? 0xb0000n : 0x30000n), true);
  put(0x010, 16, measurements.familyId);
  put(0x020, 16, measurements.imageId);
  view.setUint32(0x030, measurements.vmpl ?? 0, true);
  view.setUint32(0x034, signatureAlgorithm, true);
  report.set(reportData, 0x050);
  put(0x090, 48, measurements.measurement);
  put(0x0c0, 32, measurements.hostData);
  put(0x0e0, 48, measurements.idKeyDigest);
  put(0x110, 48, measurements.authorKeyDigest);
  put(0x140, 32, measurements.reportId ?? "1d".repeat(32));
  report.fill(0xff, 0x160, 0x180);
}

function writePlatform(report: Uint8Array, facts: ReportFacts): void {
  const { product } = facts;
  const authorKeyEnabled = facts.measurements.authorKeyDigest === undefined ? 0 : 1;
  report[0x048] = authorKeyEnabled | (facts.maskChipId ? 2 : 0) | (facts.signedBy === "vlek" ? 1 << 2 : 0);
  report.set(tcbBytes(product, facts.currentTcb), 0x038);
  report[0x040] = 1;
  report.set(tcbBytes(product, facts.reportedTcb), 0x180);
  if (facts.version >= 3) report.set(cpuids[product], 0x188);
  if (!facts.maskChipId) report.set(product === "Turin" ? facts.chipId.subarray(0, 8) : facts.chipId, 0x1a0);
  report.set(tcbBytes(product, facts.committedTcb), 0x1e0);
  const build = [21, 55, 1];
  report.set(build, 0x1e8);
  report.set(build, 0x1ec);
  report.set(tcbBytes(product, facts.launchTcb), 0x1f0);
}
