// Evidence as JSON: an Intel quote, or an AMD report with the certificates that came beside it, in base64.
import type { Evidence, TeeKind } from "@sealserve/attestation";
import { toBase64 } from "../http/base64.ts";
import { anyObject, base64, list, oneOf, record, type Shape, unread } from "./shape.ts";

/** A quote with its certificates has about 5 KiB; 16 KiB leave room for a platform manifest. */
const quoteLimit = 16 * 1024;
const reportLimit = 1184;
const certificateLimit = 4 * 1024;
const certificatesLimit = 4;

export type EvidenceDocument = Readonly<Record<string, unknown>>;

export function toEvidenceDocument(evidence: Evidence): EvidenceDocument {
  if (evidence.tee !== "snp") return { tee: evidence.tee, quote: toBase64(evidence.quote) };
  const { tee, report, certificates } = evidence;
  return { tee, report: toBase64(report), certificates: certificates.map(toBase64) };
}

const intelShape = record(
  { tee: oneOf("sgx", "tdx"), quote: base64(quoteLimit) },
  // What Trustee's attesters add for TDX; nothing here relies on event logs.
  { cc_eventlog: unread, aa_eventlog: unread },
);

const amdShape = record(
  { tee: oneOf("snp"), report: base64(reportLimit) },
  { certificates: list(base64(certificateLimit), certificatesLimit) },
);

/** `tee` is what the session began with; a document need not repeat it. */
export function evidenceShape(tee: TeeKind | null): Shape<Evidence> {
  return (value, at) => {
    const given = anyObject(value, at);
    const whole = Object.hasOwn(given, "tee") || tee === null ? given : { tee, ...given };
    if (whole["tee"] !== "snp") {
      const { tee: kind, quote } = intelShape(whole, at);
      return { tee: kind, quote };
    }
    const { report, certificates = [] } = amdShape(whole, at);
    return { tee: "snp", report, certificates };
  };
}
