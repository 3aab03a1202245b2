// For tests: evidence that anybody can make and a verifier that only compares report data; the binding is what is tested.
import {
  type AttestationResult,
  acceptNobody,
  type Evidence,
  EvidenceError,
  type ReportData,
  type Verifier,
} from "@sealserve/attestation";
import type { Trust } from "@sealserve/session";

export const fakeAttester = {
  evidence: async (reportData: ReportData): Promise<Evidence> => ({ tee: "tdx", quote: new Uint8Array(reportData) }),
};

export const testTime = new Date("2026-06-01T00:00:00Z");

const result = {
  tcbStatus: "UpToDate",
  root: { name: "fake", sha256: "00".repeat(32), simulated: true },
  notAfter: new Date("2026-07-01T00:00:00Z"),
} as AttestationResult;

const fakeVerifier: Verifier = {
  async verify(evidence, expected) {
    const quote = evidence.tee === "snp" ? evidence.report : evidence.quote;
    if (Buffer.compare(quote, expected) !== 0) throw new EvidenceError("report-data-mismatch", {});
    return result;
  },
};

export function fakeTrust(changes: Partial<Trust> = {}): Trust {
  return {
    verifierFor: () => fakeVerifier,
    policy: acceptNobody,
    now: () => testTime,
    purpose: "client-facing",
    ...changes,
  };
}
