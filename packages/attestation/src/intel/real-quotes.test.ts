// Quotes that genuine hardware made: what they say, in which window, and that no byte of them can be changed.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { realCollateral, realQuote, withoutRealQuotes as skip } from "@sealserve/conformance/fixtures/real-quotes";
import { refuseDebug } from "../appraisal/appraise.ts";
import { PolicyError } from "../appraisal/policy-error.ts";
import type { TcbStatus } from "../tcb-status.ts";
import { collateralRequest } from "./collateral-request.ts";
import { intelRoot } from "./intel-root.ts";
import { parseQuote } from "./parse-quote.ts";
import { acceptedFlips } from "./testing/flip-bytes.ts";
import { isCollateralError, isEvidenceError } from "./testing/is-error.ts";
import { VerifiedCollateralCache } from "./verified-collateral-cache.ts";
import { verifyQuote } from "./verify-quote.ts";

interface Vector {
  readonly name: "sgx/sgx-v3" | "tdx/tdx-v4";
  readonly from: string;
  readonly until: string;
  readonly tcbStatus: TcbStatus;
  readonly advisories: readonly string[];
  readonly fmspc: string;
  readonly ca: "processor" | "platform";
  readonly reportData: string;
}

const vectors: readonly Vector[] = [
  {
    name: "sgx/sgx-v3",
    from: "2025-06-19T10:56:11Z",
    until: "2025-07-19T10:01:18Z",
    tcbStatus: "ConfigurationAndSWHardeningNeeded",
    advisories: ["INTEL-SA-00289", "INTEL-SA-00615"],
    fmspc: "00a067110000",
    ca: "processor",
    reportData: Buffer.from("Hello, world!").toString("hex"),
  },
  {
    name: "tdx/tdx-v4",
    from: "2025-06-19T10:32:27Z",
    until: "2025-07-19T10:00:35Z",
    tcbStatus: "UpToDate",
    advisories: [],
    fmspc: "b0c06f000000",
    ca: "platform",
    reportData: "9a9d48e7f6799642d3d1b34e1e5e1742d4bb02dd6ddd551862c1211d35c304f9",
  },
];

const anchors = [intelRoot];
const second = 1000;

for (const { name, from, until, ...expected } of vectors) {
  suite(name, { skip }, () => {
    const verify = (now: Date) => verifyQuote(parseQuote(realQuote(name)), realCollateral(name), { anchors, now });

    test("is genuine, and is what is known of it (C2)", async () => {
      const quote = parseQuote(realQuote(name));
      const { fmspc, ca } = expected;
      assert.deepEqual(collateralRequest(quote), { kind: "dcap", tee: name.slice(0, 3), fmspc, ca });
      const verified = await verify(new Date("2025-06-25T00:00:00Z"));
      assert.equal(verified.tcbStatus, expected.tcbStatus);
      assert.deepEqual(verified.advisories, expected.advisories);
      assert.equal(verified.tcbEvaluationDataNumber, 17);
      assert.equal(verified.notAfter.getTime(), Date.parse(until));
      assert.equal(verified.root, intelRoot);
      assert.equal(verified.claims.debug, false);
      assert.ok(verified.claims.reportData.startsWith(expected.reportData));
    });

    test("holds from the first to the last second of its window", async () => {
      const [first, last] = [Date.parse(from), Date.parse(until)];
      await assert.rejects(verify(new Date(first - second)), isCollateralError("not-yet-valid"));
      await verify(new Date(first));
      await verify(new Date(last));
      await assert.rejects(verify(new Date(last + second)), isCollateralError("expired"));
      await assert.rejects(verify(new Date(Number.NaN)), isCollateralError("expired"));
    });

    test("no byte of it can be changed (A5)", async () => {
      const cache = new VerifiedCollateralCache({ entries: 1 });
      const now = new Date("2025-06-25T00:00:00Z");
      const collateral = realCollateral(name);
      const accepted = await acceptedFlips(realQuote(name), (changed) =>
        verifyQuote(parseQuote(changed), collateral, { anchors, now, cache }),
      );
      assert.deepEqual(accepted, []);
    });

    test("collateral of older evaluation numbers is refused", async () => {
      const now = new Date("2025-06-25T00:00:00Z");
      const [quote, collateral] = [parseQuote(realQuote(name)), realCollateral(name)];
      await verifyQuote(quote, collateral, { anchors, now, minEvaluationDataNumber: 17 });
      await assert.rejects(
        verifyQuote(quote, collateral, { anchors, now, minEvaluationDataNumber: 18 }),
        isCollateralError("rollback"),
      );
    });
  });
}

test("collateral for another TEE, platform or CA does not fit", { skip }, async () => {
  const now = new Date("2025-06-25T00:00:00Z");
  const [sgx, tdx] = [realCollateral("sgx/sgx-v3"), realCollateral("tdx/tdx-v4")];
  const quote = parseQuote(realQuote("tdx/tdx-v4"));
  await assert.rejects(verifyQuote(quote, sgx, { anchors, now }), isCollateralError("crl-issuer"));
  const { pckCrl, pckCrlIssuerChain } = tdx;
  const mixed = { ...sgx, pckCrl, pckCrlIssuerChain };
  await assert.rejects(verifyQuote(quote, mixed, { anchors, now }), isCollateralError("platform-mismatch"));
  const { qeIdentity, qeIdentitySignature } = sgx;
  const wrongQe = { ...tdx, qeIdentity, qeIdentitySignature };
  await assert.rejects(verifyQuote(quote, wrongQe, { anchors, now }), isCollateralError("platform-mismatch"));
});

test("a quote is not another platform's, though both are genuine", { skip }, async () => {
  const [sgx, tdx] = [parseQuote(realQuote("sgx/sgx-v3")), parseQuote(realQuote("tdx/tdx-v4"))];
  const now = new Date("2025-06-25T00:00:00Z");
  const spliced = { ...tdx, qeReport: sgx.qeReport, qeReportSignature: sgx.qeReportSignature };
  const verifying = verifyQuote(spliced, realCollateral("tdx/tdx-v4"), { anchors, now });
  await assert.rejects(verifying, isEvidenceError("qe-report-signature"));
});

for (const name of ["sgx/sgx-v3-debug", "tdx/tdx-v4-debug"] as const) {
  test(`${name} is a debug TEE`, { skip }, () => {
    const { body } = parseQuote(realQuote(name));
    assert.equal(body.debug, true);
    assert.throws(() => refuseDebug(body), PolicyError);
  });
}
