// Cases of genuine evidence that a policy does not accept (security cases, C9 to C16).
import type { AppraisalPolicy, SgxReference, TdxReference } from "@sealserve/attestation";
import { mrEnclave, mrSigner, mrTd } from "../../fixtures/verifier-world.ts";
import type { VerifierCase } from "./verifier-case.ts";

const permissive: Partial<AppraisalPolicy> = {
  tcbStatuses: ["UpToDate", "OutOfDate", "Revoked"],
  references: [
    { tee: "sgx", name: "any", mrEnclave: [mrEnclave, "00".repeat(32)] },
    { tee: "tdx", name: "any", mrTd: [mrTd], tdAttributes: ["0100001000000000", "0000001000000000"] },
  ],
};

const sgx = (reference: Omit<SgxReference, "tee" | "name">): Partial<AppraisalPolicy> => ({
  references: [{ tee: "sgx", name: "one", ...reference }],
});

const tdx = (reference: Omit<TdxReference, "tee" | "name">): Partial<AppraisalPolicy> => ({
  references: [{ tee: "tdx", name: "one", ...reference }],
});

export const policyCases: readonly VerifierCase[] = [
  [
    "C9 a debug enclave",
    "debug-refused",
    (w) => w.sgx({ measurements: { tee: "sgx", debug: true }, policy: permissive }),
  ],
  [
    "C9 a debug domain",
    "debug-refused",
    (w) => w.tdx({ measurements: { tee: "tdx", debug: true }, policy: permissive }),
  ],
  [
    "C10 another MRENCLAVE",
    "no-reference-matched",
    (w) => w.sgx({ measurements: { tee: "sgx", mrEnclave: "ab".repeat(32) } }),
  ],
  [
    "C10 the right MRENCLAVE of another signer",
    "no-reference-matched",
    (w) => w.sgx({ measurements: { tee: "sgx", mrSigner: "ab".repeat(32) } }),
  ],
  ["C10 another product", "no-reference-matched", (w) => w.sgx({ measurements: { tee: "sgx", isvProdId: 8 } })],
  ["C10 a security version below the least", "svn-too-low", (w) => w.sgx({ measurements: { tee: "sgx", isvSvn: 2 } })],
  ["C10 a security version above it", "UpToDate", (w) => w.sgx({ measurements: { tee: "sgx", isvSvn: 4 } })],
  [
    "C10 the signer alone, with product and version",
    "UpToDate",
    (w) => w.sgx({ policy: sgx({ mrSigner: [mrSigner], isvProdId: 7, minIsvSvn: 1 }) }),
  ],
  [
    "C10 a value that only begins alike",
    "no-reference-matched",
    (w) => w.sgx({ policy: sgx({ mrEnclave: [`${mrEnclave.slice(0, -2)}00`] }) }),
  ],
  ["C10 another MRTD", "no-reference-matched", (w) => w.tdx({ measurements: { tee: "tdx", mrTd: "ab".repeat(48) } })],
  [
    "C10 another RTMR",
    "no-reference-matched",
    (w) => w.tdx({ policy: tdx({ mrTd: [mrTd], rtmr: [null, ["ab".repeat(48)]] }) }),
  ],
  [
    "C10 another measurement of a guest",
    "no-reference-matched",
    (w) => w.snp({ measurements: { tee: "snp", measurement: "ab".repeat(48) } }),
  ],
  ["C10 a guest's firmware below the least", "svn-too-low", (w) => w.snp({ amd: { tcb: { snp: 9 } } })],
  ["C11 no reference values", "no-reference-matched", (w) => w.tdx({ policy: { references: [] } })],
  [
    "C11 reference values for other TEEs",
    "no-reference-matched",
    (w) => w.tdx({ policy: sgx({ mrEnclave: [mrEnclave] }) }),
  ],
  ["C11 no TCB status is accepted", "tcb-status-refused", (w) => w.tdx({ policy: { tcbStatuses: [] } })],
  [
    "C12 protection keys",
    "no-reference-matched",
    (w) => w.tdx({ measurements: { tee: "tdx", tdAttributes: "0000005000000000" } }),
  ],
  [
    "C12 performance counters",
    "no-reference-matched",
    (w) => w.tdx({ measurements: { tee: "tdx", tdAttributes: "0000001000000080" } }),
  ],
  [
    "C12 #VE for page faults is not off",
    "no-reference-matched",
    (w) => w.tdx({ measurements: { tee: "tdx", tdAttributes: "0000000000000000" } }),
  ],
  [
    "C12 the same by an exception in the policy",
    "UpToDate",
    (w) =>
      w.tdx({
        measurements: { tee: "tdx", tdAttributes: "0000000000000000" },
        policy: tdx({ mrTd: [mrTd], tdAttributes: ["0000000000000000"] }),
      }),
  ],
  [
    "C15 hardware that is not named",
    "hardware-not-allowed",
    (w) => w.tdx({ policy: { hardwareIds: ["ab".repeat(16)] } }),
  ],
  [
    "C15 hardware that is named",
    "UpToDate",
    (w) => w.tdx({ policy: { hardwareIds: [w.intel.platform.platformInstanceId] } }),
  ],
  ["C15 no hardware is named", "hardware-not-allowed", (w) => w.tdx({ policy: { hardwareIds: [] } })],
  [
    "C15 a chip that is not named",
    "hardware-not-allowed",
    (w) => w.snp({ policy: { hardwareIds: ["ab".repeat(64)] } }),
  ],
  [
    "C15 a provider's key names no chip",
    "hardware-not-allowed",
    (w) => w.snp({ amd: { signedBy: "vlek" }, policy: { hardwareIds: ["0".repeat(128)] } }),
  ],
  [
    "C16 simulated SGX that the policy does not name",
    "simulated-refused",
    (w) => w.sgx({ policy: { simulatedRoots: [] } }),
  ],
  [
    "C16 simulated TDX that the policy does not name",
    "simulated-refused",
    (w) => w.tdx({ policy: { simulatedRoots: [] } }),
  ],
  [
    "C16 simulated SEV-SNP that the policy does not name",
    "simulated-refused",
    (w) => w.snp({ policy: { simulatedRoots: [] } }),
  ],
  [
    "C16 another simulated root is named",
    "simulated-refused",
    (w) => w.tdx({ policy: { simulatedRoots: [w.otherIntel.anchor.sha256] } }),
  ],
];
