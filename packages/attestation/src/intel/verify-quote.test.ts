// Simulated quotes that are right, up to the edges; and no byte of them can be changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type QuoteTrial,
  setting,
  trialIntel,
  trialReportData,
  trialTime,
  tryQuote,
} from "@sealserve/conformance/fixtures/quote-trial";
import { pemChain } from "@sealserve/mock-tee";
import { parseQuote } from "./parse-quote.ts";
import { acceptedFlips } from "./testing/flip-bytes.ts";
import { VerifiedCollateralCache } from "./verified-collateral-cache.ts";
import { verifyQuote } from "./verify-quote.ts";

const day = 24 * 60 * 60 * 1000;
const mock = trialIntel();

const good: readonly (readonly [string, QuoteTrial])[] = [
  ["B1 at the first moment", { collateral: { issueDate: trialTime } }],
  ["B1 at the last moment", { collateral: { nextUpdate: trialTime } }],
  ["B3 the same evaluation number", { minEvaluationDataNumber: 17 }],
  ["B7 an FMSPC in lower case", { collateral: { editTcbInfo: setting("fmspc", mock.platform.fmspc.toLowerCase()) } }],
  ["no path lengths", { intel: { certificates: { root: { pathLength: null }, intermediate: { pathLength: null } } } }],
  [
    "a PCK chain beside a quote that only names it",
    {
      quote: { certificationType: 3 },
      delivered: (c, { chain }) => ({
        ...c,
        pckCertificateChain: pemChain([chain.leaf, chain.intermediate, chain.root]),
      }),
    },
  ],
];
for (const [name, trial] of good) {
  test(name, async () => {
    const { tcbStatus, root, claims } = await tryQuote(trial, mock);
    assert.deepEqual([tcbStatus, root.simulated, claims.tee], ["UpToDate", true, "tdx"]);
    assert.equal(claims.hardwareId?.length, 32);
  });
}

test("the result ends with whatever ends first", async () => {
  const leafEnd = new Date(trialTime.getTime() + day);
  const { notAfter } = await tryQuote({ intel: { certificates: { leaf: { notAfter: leafEnd } } } }, mock);
  assert.deepEqual(notAfter, leafEnd);
  const { notAfter: crlEnd } = await tryQuote({ collateral: { pckCrl: { nextUpdate: leafEnd } } }, mock);
  assert.deepEqual(crlEnd, leafEnd);
});

for (const [tee, version, tdVersion] of [
  ["sgx", 4, "1.0"],
  ["tdx", 5, "1.5"],
] as const) {
  test(`no byte of a ${tee} quote of version ${version} can be changed (A5)`, async () => {
    const collateral = mock.collateral(tee);
    const options = { anchors: [mock.anchor], now: trialTime, cache: new VerifiedCollateralCache({ entries: 1 }) };
    const bytes = mock.quote({ tee }, trialReportData, { version, tdVersion, padding: new Uint8Array(8) });
    await verifyQuote(parseQuote(bytes), collateral, options);
    const accepted = await acceptedFlips(bytes, (changed) => verifyQuote(parseQuote(changed), collateral, options));
    assert.deepEqual(accepted, []);
  });
}
