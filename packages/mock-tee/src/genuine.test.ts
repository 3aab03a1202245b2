// Simulated evidence of every kind verifies under its own root, and is refused under the vendors' roots.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  amdRoots,
  type Collateral,
  type Evidence,
  intelRoot,
  rememberEvaluationNumbers,
  type TrustAnchor,
  toReportData,
  verifyEvidence,
} from "@sealserve/attestation";
import { AmdKeys } from "./amd/amd-chain.ts";
import { createMockAmd } from "./amd/create-mock-amd.ts";
import { createMockIntel } from "./intel/create-mock-intel.ts";

const now = new Date("2026-11-20T12:00:00.500Z");
const parts = { now: () => now };
const reportData = toReportData(Uint8Array.from({ length: 64 }, (_, index) => index));
const keys = new AmdKeys();

interface Case {
  readonly name: string;
  readonly anchor: TrustAnchor;
  readonly evidence: Evidence;
  readonly collateral: Collateral;
}

function* intelCases(): Generator<Case> {
  for (const ca of ["processor", "platform"] as const) {
    const mock = createMockIntel({ platform: { ca } }, parts);
    for (const { tee, version, tdVersion } of [
      { tee: "sgx", version: 3, tdVersion: "1.0" },
      { tee: "sgx", version: 4, tdVersion: "1.0" },
      { tee: "sgx", version: 5, tdVersion: "1.0" },
      { tee: "tdx", version: 4, tdVersion: "1.0" },
      { tee: "tdx", version: 5, tdVersion: "1.0" },
      { tee: "tdx", version: 5, tdVersion: "1.5" },
    ] as const) {
      yield {
        name: `${tee} quote v${version}, TD ${tdVersion}, ${ca} CA`,
        anchor: mock.anchor,
        evidence: { tee, quote: mock.quote({ tee }, reportData, { version, tdVersion }) },
        collateral: mock.collateral(tee),
      };
    }
  }
}

function* amdCases(): Generator<Case> {
  for (const product of ["Milan", "Genoa", "Turin"] as const) {
    for (const signedBy of ["vcek", "vlek"] as const) {
      const mock = createMockAmd({ product, signedBy, keys }, parts);
      for (const version of product === "Milan" ? [2, 3, 5] : [3, 5]) {
        yield {
          name: `snp report v${version}, ${product}, ${signedBy}`,
          anchor: mock.anchor,
          evidence: { tee: "snp", report: mock.report({ tee: "snp" }, reportData, { version }), certificates: [] },
          collateral: mock.collateral(),
        };
      }
    }
  }
}

suite("simulated evidence is of the true format", () => {
  for (const { name, anchor, evidence, collateral } of [...intelCases(), ...amdCases()]) {
    const verify = (anchors: readonly TrustAnchor[]) =>
      verifyEvidence(
        evidence,
        { expected: reportData, now, signal: new AbortController().signal },
        { anchors, collateral: { fetch: async () => collateral }, evaluationNumbers: rememberEvaluationNumbers() },
      );

    test(`${name}: verifies under its own root, which says that it is simulated`, async () => {
      const verified = await verify([anchor]);
      assert.equal(verified.tcbStatus, "UpToDate");
      assert.equal(verified.root.simulated, true);
    });

    test(`${name}: refused under the vendors' roots`, async () => {
      await assert.rejects(verify([intelRoot, ...amdRoots]), { code: "root-untrusted" });
    });
  }
});
