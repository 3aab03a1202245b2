// What every verifier keeps: evidence of each kind is accepted for what it is, and each fault has its reason code.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { CollateralSource, TrustAnchor, Verifier } from "@sealserve/attestation";
import { CodedError } from "@sealserve/primitives";
import { VerifierWorld } from "../fixtures/verifier-world.ts";
import { collateralCases } from "./verifier/collateral-cases.ts";
import { policyCases } from "./verifier/policy-cases.ts";
import { quoteCases } from "./verifier/quote-cases.ts";
import { snpCases } from "./verifier/snp-cases.ts";
import { tcbCases } from "./verifier/tcb-cases.ts";
import type { VerifierCase } from "./verifier/verifier-case.ts";

export interface SuiteVerifierParts {
  readonly anchors: readonly TrustAnchor[];
  readonly collateral: CollateralSource;
}

const tables: Readonly<Record<string, readonly VerifierCase[]>> = {
  "Intel's evidence": quoteCases,
  "Intel's collateral": collateralCases,
  "patch levels": tcbCases,
  "AMD's evidence": snpCases,
  policies: policyCases,
};

/** `create`: a verifier that has seen nothing yet. */
export function verifierSuite(name: string, create: (parts: SuiteVerifierParts) => Verifier): void {
  suite(name, () => {
    const world = new VerifierWorld();
    for (const [table, cases] of Object.entries(tables)) {
      suite(table, () => {
        for (const [title, outcome, trialOf] of cases) {
          test(`${title}: ${outcome}`, async () => {
            const { evidence, expected, policy, now, ...parts } = trialOf(world);
            const verdict = await create(parts)
              .verify(evidence, expected, policy, now, new AbortController().signal)
              .then(
                ({ tcbStatus }): string => tcbStatus,
                (error: unknown) => codeOf(error),
              );
            assert.equal(verdict, outcome);
          });
        }
      });
    }

    test("what is accepted names its root as simulated, and the policy and reference that accepted it", async () => {
      const { evidence, expected, policy, now, ...parts } = world.tdx();
      const result = await create(parts).verify(evidence, expected, policy, now, new AbortController().signal);
      const { name: rootName, sha256 } = world.intel.anchor;
      assert.deepEqual(result.root, { name: rootName, sha256, simulated: true });
      assert.deepEqual([result.policy, result.reference], ["world", "domain"]);
    });

    test("B3 an evaluation number that goes back is refused by whoever saw the higher one", async () => {
      const newer = world.tdx({ collateral: { evaluationDataNumber: 18 } });
      const older = world.tdx({ collateral: { evaluationDataNumber: 17 } });
      let current = newer;
      const verifier = create({
        ...newer,
        collateral: { fetch: (request, signal) => current.collateral.fetch(request, signal) },
      });
      const ask = (trial: typeof newer) =>
        verifier.verify(trial.evidence, trial.expected, trial.policy, trial.now, new AbortController().signal);
      await ask(newer);
      current = older;
      await assert.rejects(ask(older), { code: "rollback" });
      current = newer;
      await ask(newer);
    });
  });
}

/** Anything but a coded error is a fault of the verifier. */
function codeOf(error: unknown): string {
  if (error instanceof CodedError) return error.code;
  throw error;
}
