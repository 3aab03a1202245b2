// The quoting enclave that vouches for the attestation key: its report, and whether Intel knows it.
import { type Bytes, concatBytes, equalBytes } from "@sealserve/primitives";
import { importPublicKey, isSignedBy, sha256 } from "#verify-crypto";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { Matched } from "./evaluate-tcb.ts";
import { matchSvnLevel } from "./match-tcb-level.ts";
import type { QeIdentity } from "./qe-identity.ts";
import type { Quote } from "./quote.ts";

const algorithm = "ecdsa-p256-sha256";

/** That the PCK certificate's key signed the enclave's report, and that the report names the attestation key. Throws {@link EvidenceError}. */
export async function verifyQeReport(quote: Quote, pck: Certificate): Promise<void> {
  const { qeReport, qeReportSignature, attestationKey, qeAuthData } = quote;
  const key = await importPublicKey(algorithm, pck.publicKey);
  if (!key) throw new EvidenceError("key-invalid", { what: "the PCK certificate's key" });
  if (!(await isSignedBy(algorithm, key, qeReportSignature, qeReport.bytes))) {
    throw new EvidenceError("qe-report-signature", {});
  }
  const digest = await sha256(concatBytes([attestationKey, qeAuthData]));
  if (!equalBytes(qeReport.reportData.subarray(0, 32), digest)) {
    throw new EvidenceError("qe-report-data", { problem: "not the digest of this attestation key" });
  }
  if (qeReport.reportData.subarray(32).some((byte) => byte !== 0)) {
    throw new EvidenceError("qe-report-data", { problem: "more than the digest" });
  }
}

/** That the enclave is the one that Intel's identity describes, and its level. Throws {@link EvidenceError} or {@link CollateralError}. */
export function matchQeIdentity(quote: Quote, identity: QeIdentity): Matched {
  const id = quote.body.tee === "tdx" ? "TD_QE" : "QE";
  if (identity.id !== id) {
    throw new CollateralError("platform-mismatch", { field: "QE identity", expected: id, found: identity.id });
  }
  const { qeReport } = quote;
  expectEqual("MISCSELECT", masked(qeReport.miscSelect, identity.miscSelectMask), identity.miscSelect);
  expectEqual("attributes", masked(qeReport.attributes, identity.attributesMask), identity.attributes);
  expectEqual("MRSIGNER", qeReport.mrSigner, identity.mrSigner);
  if (qeReport.isvProdId !== identity.isvProdId) {
    mismatch("product id", String(identity.isvProdId), String(qeReport.isvProdId));
  }
  return { level: matchSvnLevel(identity.levels, qeReport.isvSvn, "the quoting enclave"), levels: identity.levels };
}

function masked(bytes: Bytes, mask: Bytes): Bytes {
  return bytes.map((byte, i) => byte & (mask[i] ?? 0xff));
}

function expectEqual(field: string, found: Bytes, expected: Bytes): void {
  if (!equalBytes(found, expected)) mismatch(field, toHex(expected), toHex(found));
}

function mismatch(field: string, expected: string, found: string): never {
  throw new EvidenceError("qe-identity-mismatch", { field, expected, found });
}
