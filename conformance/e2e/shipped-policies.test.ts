// Every policy under deploy/policies refuses simulated hardware by name, and nobody is accepted before somebody is named.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { createVerifier, parsePolicy, toReportData } from "@sealserve/attestation";
import { AmdKeys, createMockAmd, createMockIntel } from "@sealserve/mock-tee";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "../../deploy/policies");
const now = new Date("2026-06-15T12:00:00Z");
const reportData = toReportData(new Uint8Array(64));
const intel = createMockIntel({}, { now: () => now });
const amd = createMockAmd({ keys: new AmdKeys() }, { now: () => now });
const kinds = [
  ["sgx", intel.attester({ tee: "sgx" }), intel],
  ["tdx", intel.attester({ tee: "tdx" }), intel],
  ["snp", amd.attester({ tee: "snp" }), amd],
] as const;

const files = readdirSync(folder).filter((name) => /\.(yaml|yml|json)$/.test(name));
assert.ok(files.length >= 3);

for (const file of files) {
  suite(file, () => {
    const policy = parsePolicy(parse(readFileSync(join(folder, file), "utf8")));
    test("names no simulated root, no grace, and is called as its file", () => {
      assert.deepEqual([policy.simulatedRoots, policy.graceDays], [[], 0]);
      assert.equal(`${policy.name}.yaml`, file);
    });
    for (const [tee, attester, { anchor, source }] of kinds) {
      test(`refuses simulated ${tee} hardware, even where its root is a trust anchor`, async () => {
        const verifier = createVerifier({ anchors: [anchor], collateral: source });
        const evidence = await attester.evidence(reportData);
        const attempt = verifier.verify(evidence, reportData, policy, now, new AbortController().signal);
        await assert.rejects(attempt, {
          name: "PolicyError",
          code: "simulated-refused",
          facts: { policy: policy.name, root: anchor.name, sha256: anchor.sha256 },
        });
        // With the root named it would get further: to reference values, of which there are none yet.
        const named = { ...policy, simulatedRoots: [anchor.sha256] };
        const further = verifier.verify(evidence, reportData, named, now, new AbortController().signal);
        await assert.rejects(further, { name: "PolicyError", code: "no-reference-matched" });
      });
    }
  });
}
