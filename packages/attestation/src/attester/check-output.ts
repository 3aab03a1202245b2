// Looks whether what the hardware gave back is whole and bears the report data: not whether it is genuine, which is the verifier's part.
import { ByteCursor, type Bytes, equalBytes, TruncatedError } from "@sealserve/primitives";
import { AttesterError } from "./attester-error.ts";

const headerLength = 48;
const tdReportDataAt = 520;
const sgxReportDataAt = 320;
const snpReportLength = 0x4a0;
const snpReportDataAt = 0x50;

/** Whether a quote bears `reportData`. Throws `AttesterError` `output-malformed` where it is cut short. */
export function checkQuote(quote: Bytes, tee: "sgx" | "tdx", reportData: Bytes): boolean {
  try {
    const cursor = new ByteCursor(quote);
    const version = cursor.uint16le();
    cursor.take(headerLength - 2);
    // Version 5 says how long its body is; before, there is one length for each TEE.
    if (version >= 5) cursor.take(2);
    const body = cursor.take(version >= 5 ? cursor.uint32le() : tee === "sgx" ? 384 : 584);
    cursor.take(cursor.uint32le());
    const at = tee === "sgx" ? sgxReportDataAt : tdReportDataAt;
    return equalBytes(body.subarray(at, at + 64), reportData);
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
    throw new AttesterError("output-malformed", { what: "the quote", problem: error.message }, error);
  }
}

/** Whether a SEV-SNP report bears `reportData`. Throws `AttesterError` `output-malformed` unless it has its length. */
export function checkReport(report: Bytes, reportData: Bytes): boolean {
  if (report.length !== snpReportLength) {
    const problem = `${report.length} bytes instead of ${snpReportLength}`;
    throw new AttesterError("output-malformed", { what: "the report", problem });
  }
  return equalBytes(report.subarray(snpReportDataAt, snpReportDataAt + 64), reportData);
}
