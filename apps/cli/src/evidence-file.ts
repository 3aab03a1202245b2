// Evidence out of a file, as hardware made it: a quote of Intel's or a report of AMD's.
import type { Evidence } from "@sealserve/attestation";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

const largest = 1024 * 1024;
const tdxTee = 0x81;

/** A quote says after its version which key signed it, a report has zeros there. Throws `UsageError`. */
export function readEvidenceFile(file: string): Evidence {
  const bytes = new Uint8Array(readBytesFile(file, largest));
  const [version = 0, , keyType = 0, , tee = 0] = bytes;
  if (version === 0 || bytes.length < 8) throw new UsageError(`${file} is neither a quote nor a report of a TEE`);
  if (keyType === 0) return { tee: "snp", report: bytes, certificates: [] };
  return { tee: tee === tdxTee ? "tdx" : "sgx", quote: bytes };
}
