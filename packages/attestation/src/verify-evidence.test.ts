// What the verifier asks its collateral source for, and what it refuses before, without, or after asking.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AmdKeys, createMockAmd, createMockIntel } from "@sealserve/mock-tee";
import type { CollateralRequest, CollateralSource } from "./collateral.ts";
import { CollateralError } from "./collateral-error.ts";
import { rememberEvaluationNumbers } from "./evaluation-numbers.ts";
import type { Evidence } from "./evidence.ts";
import { toReportData } from "./report-data.ts";
import { verifyEvidence } from "./verify-evidence.ts";

const now = new Date("2026-06-15T12:00:00Z");
const parts = { now: () => now };
const reportData = toReportData(Uint8Array.from({ length: 64 }, (_, index) => index));
const intel = createMockIntel({}, parts);
const keys = new AmdKeys();
const milan = createMockAmd({ keys }, parts);
const turin = createMockAmd({ product: "Turin", keys }, parts);
const leased = createMockAmd({ product: "Turin", signedBy: "vlek", keys }, parts);
const anchors = [intel, milan, turin, leased].map(({ anchor }) => anchor);

/** Remembers what it was asked for. */
function asked(source: CollateralSource): CollateralSource & { readonly requests: CollateralRequest[] } {
  const requests: CollateralRequest[] = [];
  return {
    requests,
    fetch(request, signal) {
      requests.push(request);
      return source.fetch(request, signal);
    },
  };
}

function verify(evidence: Evidence, collateral: CollateralSource, evaluationNumbers = rememberEvaluationNumbers()) {
  const verification = { expected: reportData, now, signal: new AbortController().signal };
  return verifyEvidence(evidence, verification, { anchors, collateral, evaluationNumbers });
}

test("debug TEEs and evidence for others are refused before anything is asked for", async () => {
  for (const [authority, measurements] of [
    [intel, { tee: "sgx" }],
    [intel, { tee: "tdx" }],
    [milan, { tee: "snp" }],
  ] as const) {
    const source = asked(authority.source);
    const attester = (debug: boolean) => authority.attester({ ...measurements, debug } as never);
    const debug = await attester(true).evidence(reportData);
    await assert.rejects(verify(debug, source), { name: "PolicyError", code: "debug-refused" });
    const other = await attester(false).evidence(toReportData(new Uint8Array(64)));
    await assert.rejects(verify(other, source), { name: "EvidenceError", code: "report-data-mismatch" });
    assert.deepEqual(source.requests, []);
  }
});

test("evidence that is announced as another TEE's is refused", async () => {
  const quote = intel.quote({ tee: "tdx" }, reportData);
  await assert.rejects(verify({ tee: "sgx", quote }, intel.source), { name: "EvidenceError", code: "tee-mismatch" });
  const report: Evidence = { tee: "snp", report: quote, certificates: [] };
  await assert.rejects(verify(report, intel.source), { name: "EvidenceError", code: "trailing-bytes" });
});

test("a source that is down is not asked twice; one that answers for other hardware is not believed", async () => {
  const down = asked({
    fetch: () => Promise.reject(new CollateralError("unavailable", { source: "it", reason: "down" })),
  });
  const report: Evidence = { tee: "snp", report: milan.report({ tee: "snp" }, reportData), certificates: [] };
  await assert.rejects(verify(report, down), { name: "CollateralError", code: "unavailable" });
  assert.equal(down.requests.length, 1);
  const dcap: CollateralSource = { fetch: async () => intel.collateral("tdx") };
  await assert.rejects(verify(report, dcap), { name: "CollateralError", code: "platform-mismatch" });
  const quote: Evidence = { tee: "tdx", quote: intel.quote({ tee: "tdx" }, reportData) };
  const snp: CollateralSource = { fetch: async () => milan.collateral() };
  await assert.rejects(verify(quote, snp), { name: "CollateralError", code: "platform-mismatch" });
});

test("a report of version 2 without certificates: each product is asked for until one knows the chip", async () => {
  const source = asked(turin.source);
  const report = turin.report({ tee: "snp" }, reportData, { version: 2 });
  await verify({ tee: "snp", report, certificates: [] }, source);
  const products = (requests: readonly CollateralRequest[]) => requests.map((one) => one.kind === "snp" && one.product);
  assert.deepEqual(products(source.requests), ["Milan", "Genoa", "Turin"]);
  const nobody = asked(intel.source);
  await assert.rejects(verify({ tee: "snp", report, certificates: [] }, nobody), { code: "not-found" });
  assert.deepEqual(products(nobody.requests), ["Milan", "Genoa", "Turin"]);
});

test("certificates beside the report, or its CPUID, tell the product at once", async () => {
  const { certificates } = turin.collateral();
  for (const [version, beside] of [
    [2, certificates],
    [3, []],
    [5, certificates],
  ] as const) {
    const source = asked(turin.source);
    const report = turin.report({ tee: "snp" }, reportData, { version });
    await verify({ tee: "snp", report, certificates: beside }, source);
    assert.partialDeepStrictEqual(source.requests, [{ kind: "snp", product: "Turin" }]);
    assert.equal(source.requests.length, 1);
  }
});

test("a leased key is nobody's chip", async () => {
  const source = asked(leased.source);
  const report = leased.report({ tee: "snp" }, reportData, { maskChipId: false });
  const { claims } = await verify({ tee: "snp", report, certificates: [] }, source);
  assert.partialDeepStrictEqual(source.requests, [{ product: "Turin", chipId: "0".repeat(128) }]);
  assert.equal(claims.hardwareId?.length, 128);
});

test("B3: once newer collateral was seen, older is refused, whatever its signatures", async () => {
  const quote: Evidence = { tee: "tdx", quote: intel.quote({ tee: "tdx" }, reportData) };
  const memory = rememberEvaluationNumbers();
  const of = (evaluationDataNumber: number): CollateralSource => ({
    fetch: async () => intel.collateral("tdx", { evaluationDataNumber }),
  });
  assert.equal((await verify(quote, of(18), memory)).tcbEvaluationDataNumber, 18);
  await assert.rejects(verify(quote, of(17), memory), { name: "CollateralError", code: "rollback" });
  assert.equal((await verify(quote, of(19), memory)).tcbEvaluationDataNumber, 19);
  // What was refused is not remembered.
  await assert.rejects(verify(quote, of(18), memory), { code: "rollback" });
});

test("B3 a simulated root's high number does not stand in the way of another root's collateral", async () => {
  const other = createMockIntel({}, parts);
  const numbers = rememberEvaluationNumbers();
  const judge = (from: typeof intel, evaluationDataNumber: number) =>
    verifyEvidence(
      { tee: "tdx", quote: from.quote({ tee: "tdx" }, reportData) },
      { expected: reportData, now, signal: new AbortController().signal },
      {
        anchors: [intel.anchor, other.anchor],
        collateral: { fetch: async () => from.collateral("tdx", { evaluationDataNumber }) },
        evaluationNumbers: numbers,
      },
    );
  await judge(other, 99);
  await judge(intel, 17);
  await assert.rejects(judge(other, 98), { name: "CollateralError", code: "rollback" });
  await assert.rejects(judge(intel, 16), { name: "CollateralError", code: "rollback" });
});
