// Evidence out of a file, as hardware made it: a quote of Intel's or a report of AMD's.
import type { Evidence } from "@sealserve/attestation";
import { readBytesFile } from "./trust-files.ts";

const largest = 1024 * 1024;
const tdxTee = 0x81;

/**
 * A quote says after its version which key signed it, a report has zeros there. What is neither is judged as a quote, and so refused
 * with a reason: a file that was damaged is no wrong usage. Throws `UsageError` for one that cannot be read.
 */
export function readEvidenceFile(file: string): Evidence {
  const bytes = new Uint8Array(readBytesFile(file, largest));
  const [version = 0, , keyType = 0, , tee = 0] = bytes;
  if (version !== 0 && keyType === 0 && bytes.length >= 8) return { tee: "snp", report: bytes, certificates: [] };
  return { tee: tee === tdxTee ? "tdx" : "sgx", quote: bytes };
}
