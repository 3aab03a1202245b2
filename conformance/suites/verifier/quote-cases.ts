// Cases of Intel's evidence: bytes, signatures and certificates (security cases, section A).
import { intelRoot } from "@sealserve/attestation";
import { generateSigningKey } from "@sealserve/mock-tee";
import { worldTime } from "../../fixtures/verifier-world.ts";
import { cutting, flipping, patching, type VerifierCase } from "./verifier-case.ts";

const day = 24 * 60 * 60 * 1000;
const yesterday = new Date(worldTime.getTime() - day);
const tomorrow = new Date(worldTime.getTime() + day);
const auth = 48 + 584;

export const quoteCases: readonly VerifierCase[] = [
  ["SGX quote v3", "UpToDate", (world) => world.sgx()],
  ["A4 SGX quote v4", "UpToDate", (world) => world.sgx({ quote: { version: 4 } })],
  ["SGX quote v5", "UpToDate", (world) => world.sgx({ quote: { version: 5 } })],
  ["TDX quote v4", "UpToDate", (world) => world.tdx()],
  ["TDX quote v5, TD 1.0", "UpToDate", (world) => world.tdx({ quote: { version: 5 } })],
  ["TDX quote v5, TD 1.5", "UpToDate", (world) => world.tdx({ quote: { version: 5, tdVersion: "1.5" } })],
  ["a platform under the Processor CA", "UpToDate", (world) => world.tdx({ intel: { platform: { ca: "processor" } } })],
  ["zero padding behind the quote", "UpToDate", (world) => world.tdx({ quote: { padding: new Uint8Array(70) } })],
  ["words behind the quote", "trailing-bytes", (world) => world.tdx({ quote: { padding: Uint8Array.of(10, 101) } })],
  ...[0, 1, 47, 48, 431, 635].map(
    (length): VerifierCase => [
      `A1 ${length} bytes of a quote`,
      "truncated",
      (world) => world.tdx({ bytes: cutting(length) }),
    ],
  ),
  ["A2 a signature section of 4 GiB", "truncated", (world) => world.tdx({ bytes: patching(auth, 255, 255, 255, 255) })],
  ["A2 certification data of another type", "unsupported", (world) => world.tdx({ bytes: patching(auth + 132, 5) })],
  ["A3 version 6", "unsupported", (world) => world.tdx({ bytes: patching(0, 6) })],
  ["A3 an attestation key of another kind", "unsupported", (world) => world.tdx({ bytes: patching(2, 3) })],
  ["A3 another vendor", "unsupported", (world) => world.tdx({ bytes: patching(12, 0) })],
  ["A4 version 3 of TDX", "unsupported", (world) => world.sgx({ bytes: patching(4, 0x81) })],
  ["A5 a bit of the QE id in the header", "quote-signature", (world) => world.tdx({ bytes: flipping(30) })],
  ["A5 a bit of MRTD", "quote-signature", (world) => world.tdx({ bytes: flipping(48 + 136) })],
  ["A5 a bit of the signature", "quote-signature", (world) => world.tdx({ bytes: flipping(auth + 4) })],
  ["A5 a bit of the attestation key", "qe-report-data", (world) => world.tdx({ bytes: flipping(auth + 4 + 64) })],
  ["A5 a bit of the QE report", "qe-report-signature", (world) => world.tdx({ bytes: flipping(auth + 138) })],
  ["A5 a bit of its signature", "qe-report-signature", (world) => world.tdx({ bytes: flipping(auth + 138 + 384) })],
  ["A5 a bit of the QE's data", "qe-report-data", (world) => world.tdx({ bytes: flipping(auth + 138 + 384 + 66) })],
  [
    "A8 the QE vouches for another key",
    "qe-report-data",
    (world) => world.tdx({ quote: { editQeReport: (report) => report.set([1, 2, 3], 320) } }),
  ],
  [
    "A11 a chain of another platform under the same root",
    "qe-report-signature",
    (world) => world.tdx({ quote: { pckKey: generateSigningKey("p256") } }),
  ],
  ["A12 simulated hardware under Intel's root", "root-untrusted", (world) => world.tdx({ anchors: [intelRoot] })],
  ["A13 a root of the same name", "root-untrusted", (world) => world.tdx({ anchors: [world.otherIntel.anchor] })],
  [
    "A13 a root of the same digest, but AMD's",
    "root-untrusted",
    (world) => world.tdx({ anchors: [{ ...world.intel.anchor, vendor: "amd" }] }),
  ],
  [
    "A14 an intermediate that is no CA",
    "not-a-ca",
    (world) => world.tdx({ intel: { certificates: { intermediate: { ca: false, pathLength: null } } } }),
  ],
  ["A14 a leaf that is a CA", "ca-as-leaf", (world) => world.tdx({ intel: { certificates: { leaf: { ca: true } } } })],
  [
    "A15 a leaf that has expired",
    "expired",
    (world) => world.tdx({ intel: { certificates: { leaf: { notAfter: yesterday } } } }),
  ],
  [
    "A15 a leaf that is not yet valid",
    "not-yet-valid",
    (world) => world.tdx({ intel: { certificates: { leaf: { notBefore: tomorrow } } } }),
  ],
  ["SGX announced as TDX", "tee-mismatch", (world) => world.sgx({ announced: "tdx" })],
  [
    "D1 made for another nonce",
    "report-data-mismatch",
    (world) => world.tdx({ quote: { editSigned: (bytes) => bytes.fill(0, 48 + 520, 48 + 584) } }),
  ],
];
