// A report that genuine AMD hardware made: its signature holds, no byte of it can be changed, and it is refused for DEBUG.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { appraise } from "../appraisal/appraise.ts";
import type { AppraisalPolicy } from "../appraisal-policy.ts";
import type { SnpCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { amdRoots } from "./amd-roots.ts";
import { parseReport } from "./snp-report.ts";
import { verifyReport } from "./verify-report.ts";

const folder = join(import.meta.dirname, "../../../../../shared/vectors/snp");
const skip = existsSync(folder) ? false : "the real evidence is not there (../shared/vectors/snp)";
const now = new Date("2025-01-01T00:00:00Z");

function vector() {
  const chain = readFileSync(join(folder, "milan.ask-ark.pem"), "utf8");
  const authorities = [...chain.matchAll(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g)].map(
    ([pem]) => new Uint8Array(new X509Certificate(pem).raw),
  );
  return {
    report: new Uint8Array(readFileSync(join(folder, "snp-v2-debug.report"))),
    certificates: [new Uint8Array(readFileSync(join(folder, "snp-v2-debug.vcek.cer"))), ...authorities],
  };
}

const nothing: SnpCollateral = { kind: "snp", certificates: [], crl: null };

test("the report is genuine, and refused for DEBUG by a policy that matches it otherwise", { skip }, async () => {
  const { report, certificates } = vector();
  const options = { anchors: amdRoots, now, certificates, withoutRevocationList: true } as const;
  const verified = await verifyReport(parseReport(report), nothing, options);
  assert.equal(verified.claims.product, "Milan");
  assert.equal(verified.claims.policy, "00000000000b0000");
  assert.deepEqual(verified.claims.reportedTcb, { bootLoader: 2, tee: 0, snp: 5, microcode: 68, fmc: null });
  assert.equal(verified.root.name, "AMD ARK Milan");
  assert.equal(verified.notAfter.toISOString(), "2029-09-24T00:55:28.000Z");
  const { measurement } = verified.claims;
  const policy: AppraisalPolicy = {
    name: "open",
    references: [{ tee: "snp", name: "it", measurement: [measurement], minTcb: {} }],
    tcbStatuses: ["UpToDate"],
    advisories: [],
    graceDays: 0,
    hardwareIds: null,
    simulatedRoots: [],
  };
  assert.throws(() => appraise(verified, policy, now), { code: "debug-refused" });
  const shipped = { ...verified, claims: { ...verified.claims, debug: false } };
  assert.deepEqual(appraise(shipped, policy, now), { reference: "it" });
});

test("without AMD's revocation list it is refused, unless its absence is asked for by name", { skip }, async () => {
  const { report, certificates } = vector();
  await assert.rejects(verifyReport(parseReport(report), nothing, { anchors: amdRoots, now, certificates }), {
    name: "CollateralError",
    code: "not-found",
  });
});

test("the pinned root is the one of AMD's chain; other roots and other times are refused", { skip }, async () => {
  const { report, certificates } = vector();
  const sha256 = createHash("sha256")
    .update(certificates.at(-1) ?? "")
    .digest("hex");
  assert.equal(amdRoots[0]?.sha256, sha256);
  const attempt = (anchors: typeof amdRoots, at: string) =>
    verifyReport(parseReport(report), nothing, {
      anchors,
      now: new Date(at),
      certificates,
      withoutRevocationList: true,
    });
  await assert.rejects(attempt(amdRoots.slice(1), "2025-01-01T00:00:00Z"), { code: "root-untrusted" });
  await assert.rejects(attempt([], "2025-01-01T00:00:00Z"), { code: "root-untrusted" });
  await assert.rejects(attempt(amdRoots, "2022-09-24T00:55:27Z"), { code: "not-yet-valid" });
  await attempt(amdRoots, "2022-09-24T00:55:28Z");
  await attempt(amdRoots, "2029-09-24T00:55:28Z");
  await assert.rejects(attempt(amdRoots, "2029-09-24T00:55:29Z"), { code: "expired" });
});

test("every byte of the report, changed, is noticed (A5)", { skip }, async () => {
  const { report, certificates } = vector();
  const options = { anchors: amdRoots, now, certificates, withoutRevocationList: true } as const;
  for (let at = 0; at < report.length; at++) {
    const changed = Uint8Array.from(report);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const attempt = async () => verifyReport(parseReport(changed), nothing, options);
    await assert.rejects(attempt, (error) => error instanceof EvidenceError, `byte ${at}`);
  }
});

test("every byte of the certificates, changed, is noticed", { skip }, async () => {
  const { report, certificates } = vector();
  const parsed = parseReport(report);
  const refused = (error: unknown) => error instanceof EvidenceError || error instanceof CollateralError;
  for (const [index, certificate] of certificates.entries()) {
    for (let at = 0; at < certificate.length; at++) {
      const changed = Uint8Array.from(certificate);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const options = {
        anchors: amdRoots,
        now,
        certificates: certificates.with(index, changed),
        withoutRevocationList: true,
      } as const;
      await assert.rejects(
        async () => verifyReport(parsed, nothing, options),
        refused,
        `certificate ${index}, byte ${at}`,
      );
    }
  }
});
