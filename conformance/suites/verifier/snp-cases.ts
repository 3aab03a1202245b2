// Cases of AMD's evidence: reports, chains, chips, patch levels, revocation (security cases, C9 and C14, and A and B as they apply).
import { amdRoots } from "@sealserve/attestation";
import type { SnpProduct } from "@sealserve/mock-tee";
import { worldTime } from "../../fixtures/verifier-world.ts";
import { cutting, flipping, patching, type VerifierCase } from "./verifier-case.ts";

const day = 24 * 60 * 60 * 1000;
const yesterday = new Date(worldTime.getTime() - day);
const weekAgo = new Date(worldTime.getTime() - 7 * day);
const tomorrow = new Date(worldTime.getTime() + day);

const kinds = (["Milan", "Genoa", "Turin"] as const satisfies readonly SnpProduct[]).flatMap((product) =>
  (["vcek", "vlek"] as const).map((signedBy) => ({ product, signedBy })),
);

/** r and s in big-endian, as most formats have them. */
function reverseSignature(report: Uint8Array): void {
  for (const at of [0x2a0, 0x2a0 + 72]) report.subarray(at, at + 48).reverse();
}

export const snpCases: readonly VerifierCase[] = [
  ...kinds.map(
    (amd): VerifierCase => [
      `${amd.product}, signed by its ${amd.signedBy.toUpperCase()}`,
      "UpToDate",
      (w) => w.snp({ amd }),
    ],
  ),
  ...[2, 3, 5].map(
    (version): VerifierCase => [`report v${version}`, "UpToDate", (w) => w.snp({ report: { version } })],
  ),
  ["A1 a report one byte short", "truncated", (w) => w.snp({ bytes: cutting(0x49f) })],
  ["A1 no report", "truncated", (w) => w.snp({ bytes: cutting(0) })],
  ["A1 a byte too many", "trailing-bytes", (w) => w.snp({ bytes: (report) => Uint8Array.of(...report, 0) })],
  ["C14 report v1", "unsupported", (w) => w.snp({ report: { version: 1 } })],
  ["C14 report v4", "unsupported", (w) => w.snp({ report: { version: 4 } })],
  ["C14 signature algorithm 0", "unsupported", (w) => w.snp({ report: { signatureAlgorithm: 0 } })],
  ["C14 a signature in big-endian", "report-signature", (w) => w.snp({ report: { editSignature: reverseSignature } })],
  ["C14 a reserved byte", "reserved-bits", (w) => w.snp({ report: { editSigned: (r) => r.set([1], 0x04c) } })],
  [
    "C14 a reserved byte before the signature",
    "reserved-bits",
    (w) => w.snp({ report: { editSigned: (r) => r.set([1], 0x29f) } }),
  ],
  ["C14 a byte behind r", "reserved-bits", (w) => w.snp({ bytes: patching(0x2a0 + 48, 1) })],
  ["C14 a byte behind s", "reserved-bits", (w) => w.snp({ bytes: patching(-1, 1) })],
  ["C14 a policy without its fixed bit", "malformed", (w) => w.snp({ measurements: { policy: 0x10000n } })],
  [
    "C14 a processor of another vendor",
    "unsupported",
    (w) => w.snp({ report: { version: 3, editSigned: (r) => r.set([6], 0x188) } }),
  ],
  ["A5 a bit of the measurement", "report-signature", (w) => w.snp({ bytes: flipping(0x090) })],
  ["A5 a bit of the guest's SVN", "report-signature", (w) => w.snp({ bytes: flipping(0x004) })],
  ["A5 a bit of r", "report-signature", (w) => w.snp({ bytes: flipping(0x2a0) })],
  ["A5 a bit of s", "report-signature", (w) => w.snp({ bytes: flipping(0x2a0 + 72) })],
  ["A11 signed by another chip", "report-signature", (w) => w.snp({ report: { key: w.otherAmd.keys.of("vcek") } })],
  ["A12 simulated hardware under AMD's roots", "root-untrusted", (w) => w.snp({ anchors: amdRoots })],
  ["A13 a root of the same name", "root-untrusted", (w) => w.snp({ anchors: [w.otherAmd.anchor] })],
  [
    "A14 an ASK that is no CA",
    "not-a-ca",
    (w) => w.snp({ amd: { certificates: { ask: { ca: false, pathLength: null } } } }),
  ],
  [
    "A14 an ASK that the ARK did not sign",
    "certificate-signature",
    (w) => w.snp({ amd: { certificates: { ask: { issuerKey: w.otherAmd.keys.of("ark"), keyIds: false } } } }),
  ],
  [
    "A14 a VCEK that the ASK did not sign",
    "certificate-signature",
    (w) => w.snp({ amd: { certificates: { vcek: { issuerKey: w.otherAmd.keys.of("ask") } } } }),
  ],
  [
    "A15 a VCEK that has expired",
    "expired",
    (w) => w.snp({ amd: { certificates: { vcek: { notAfter: yesterday } } } }),
  ],
  [
    "A15 a VCEK that is not yet valid",
    "not-yet-valid",
    (w) => w.snp({ amd: { certificates: { vcek: { notBefore: tomorrow } } } }),
  ],
  ["B1 an expired list", "expired", (w) => w.snp({ collateral: { crl: { nextUpdate: yesterday } } })],
  ["B1 a list of the future", "not-yet-valid", (w) => w.snp({ collateral: { crl: { thisUpdate: tomorrow } } })],
  [
    "B2 a list exactly as old as the policy allows",
    "UpToDate",
    (w) => w.snp({ policy: { maxCollateralAgeDays: 7 }, collateral: { crl: { thisUpdate: weekAgo } } }),
  ],
  [
    "B2 a list a second older",
    "collateral-stale",
    (w) =>
      w.snp({
        policy: { maxCollateralAgeDays: 7 },
        collateral: { crl: { thisUpdate: new Date(weekAgo.getTime() - 1000) } },
      }),
  ],
  ["B10 a revoked ASK", "certificate-revoked", (w) => w.snp({ collateral: { revoked: ["ask"] } })],
  [
    "B10 a list by another ARK",
    "crl-issuer",
    (w) => w.snp({ collateral: { crl: { issuerKey: w.otherAmd.keys.of("ark") } } }),
  ],
  ["B10 no list", "not-found", (w) => w.snp({ collateral: { crl: null } })],
  ["no VCEK", "not-found", (w) => w.snp({ collateral: { certificates: ["ask", "ark"] } })],
  ["no ASK", "not-found", (w) => w.snp({ collateral: { certificates: ["vcek", "ark"] } })],
  ["the ASVK's chain for a VCEK", "not-found", (w) => w.snp({ collateral: { certificates: ["vcek", "asvk", "ark"] } })],
  [
    "another chip than its certificate's",
    "certificate-mismatch",
    (w) => w.snp({ report: { chipId: new Uint8Array(64).fill(3) } }),
  ],
  ["a chip that does not tell its id", "certificate-mismatch", (w) => w.snp({ report: { maskChipId: true } })],
  [
    "newer firmware than its certificate's",
    "certificate-mismatch",
    (w) => w.snp({ report: { reportedTcb: { ...w.amd.tcb, snp: 24 } } }),
  ],
  [
    "older firmware than its certificate's",
    "certificate-mismatch",
    (w) => w.snp({ report: { reportedTcb: { ...w.amd.tcb, microcode: 1 } } }),
  ],
  [
    "another product than its certificate's",
    "certificate-mismatch",
    (w) => w.snp({ report: { version: 3, editSigned: (r) => r.set([0x11], 0x189) } }),
  ],
  [
    "a VCEK's report that claims a VLEK",
    "certificate-name",
    (w) => w.snp({ report: { signedBy: "vlek", key: w.amd.keys.of("vcek") } }),
  ],
  [
    "D1 made for another nonce",
    "report-data-mismatch",
    (w) => w.snp({ report: { editSigned: (r) => r.fill(0, 0x050, 0x090) } }),
  ],
  ["C9 a debug guest", "debug-refused", (w) => w.snp({ measurements: { debug: true } })],
];
