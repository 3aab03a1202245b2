// Whatever bytes come as a report or as its certificates, the answer is a value or an error of ours, soon.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AmdKeys, createMockAmd } from "@sealserve/mock-tee";
import fc from "fast-check";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { endorsedProduct } from "./snp-chain.ts";
import { parseReport } from "./snp-report.ts";
import { verifyReport } from "./verify-report.ts";

const now = new Date("2026-06-15T12:00:00Z");
const amd = createMockAmd({ product: "Genoa", keys: new AmdKeys() }, { now: () => now });
const report = amd.report({ tee: "snp" }, new Uint8Array(64));
const collateral = amd.collateral();

const changes = (length: number) => fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });

function changed(bytes: Uint8Array, edits: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of edits) copy[at] = value;
  return copy;
}

function isOurs(error: unknown): boolean {
  assert.ok(error instanceof EvidenceError || error instanceof CollateralError, String(error));
  return true;
}

test("every prefix of a report is refused", () => {
  for (let length = 0; length < report.length; length++) {
    assert.throws(() => parseReport(report.subarray(0, length)), { name: "EvidenceError", code: "truncated" });
  }
});

test("any bytes as a report", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2400 }), (bytes) => {
      assert.throws(() => parseReport(bytes), isOurs);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1184, maxLength: 1184 }), changes(8), (bytes, edits) => {
      try {
        parseReport(changed(bytes, [[0, 3], [1, 0], [2, 0], [3, 0], ...edits]));
      } catch (error) {
        isOurs(error);
      }
    }),
  );
});

test("a changed report is never accepted, a changed certificate or list never taken for another", async () => {
  const parts = [report, ...collateral.certificates, collateral.crl ?? new Uint8Array(1)];
  const edits = fc
    .nat(parts.length - 1)
    .chain((part) => fc.tuple(fc.constant(part), changes(parts[part]?.length ?? 1)));
  await fc.assert(
    fc.asyncProperty(edits, async ([part, edit]) => {
      const [bytes = report, ...others] = parts.map((one, index) => (index === part ? changed(one, edit) : one));
      const crl = others.pop() ?? null;
      const same = parts.every((one, index) => index !== part || Buffer.compare(one, changed(one, edit)) === 0);
      const attempt = async () =>
        verifyReport(
          parseReport(bytes),
          { kind: "snp", certificates: others, crl },
          { anchors: [amd.anchor], now, certificates: [] },
        );
      if (same) await attempt();
      else await assert.rejects(attempt, isOurs);
    }),
    { numRuns: 400 },
  );
});

test("any bytes as certificates", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }),
      (ders) => endorsedProduct(ders) === null,
    ),
  );
});
