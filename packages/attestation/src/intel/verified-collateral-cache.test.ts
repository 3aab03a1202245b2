// The cache spares work, never a check: dates, evaluation numbers, anchors and every byte still count.
import assert from "node:assert/strict";
import { test } from "node:test";
import { trialIntel, trialReportData, trialTime } from "@sealserve/conformance/fixtures/quote-trial";
import { parseQuote } from "./parse-quote.ts";
import { isCollateralError, isEvidenceError } from "./testing/is-error.ts";
import { collateralDigest, VerifiedCollateralCache } from "./verified-collateral-cache.ts";
import { verifyQuote } from "./verify-quote.ts";

const mock = trialIntel();
const anchors = [mock.anchor];
const quote = parseQuote(mock.quote({ tee: "tdx" }, trialReportData));
const collateral = mock.collateral("tdx");

test("collateral is verified once", async () => {
  const cache = new VerifiedCollateralCache({ entries: 2 });
  const first = await verifyQuote(quote, collateral, { anchors, now: trialTime, cache });
  const kept = cache.get(await collateralDigest(collateral, anchors));
  assert.ok(kept);
  assert.deepEqual(await verifyQuote(quote, collateral, { anchors, now: trialTime, cache }), first);
  assert.equal(cache.get(await collateralDigest(collateral, anchors)), kept);
});

test("what was verified once still expires, rolls back and needs its anchor", async () => {
  const cache = new VerifiedCollateralCache({ entries: 2 });
  await verifyQuote(quote, collateral, { anchors, now: trialTime, cache });
  const later = new Date(trialTime.getTime() + 40 * 24 * 60 * 60 * 1000);
  await assert.rejects(verifyQuote(quote, collateral, { anchors, now: later, cache }), isCollateralError("expired"));
  const rolled = { anchors, now: trialTime, cache, minEvaluationDataNumber: 99 };
  await assert.rejects(verifyQuote(quote, collateral, rolled), isCollateralError("rollback"));
  const untrusted = verifyQuote(quote, collateral, { anchors: [], now: trialTime, cache });
  await assert.rejects(untrusted, isEvidenceError("root-untrusted"));
});

test("any other byte is other collateral, wherever one field ends and the next begins", async () => {
  const digests = new Set<string>();
  const variants = [
    collateral,
    { ...collateral, tcbInfo: `${collateral.tcbInfo} ` },
    {
      ...collateral,
      tcbInfo: collateral.tcbInfo + collateral.tcbInfoSignature[0],
      tcbInfoSignature: collateral.tcbInfoSignature.slice(1),
    },
    { ...collateral, rootCaCrl: collateral.pckCrl, pckCrl: collateral.rootCaCrl },
    { ...collateral, pckCrl: collateral.pckCrl.slice(1) },
    { ...collateral, pckCrlIssuerChain: "" },
  ];
  for (const variant of variants) digests.add(await collateralDigest(variant, anchors));
  digests.add(await collateralDigest(collateral, []));
  digests.add(await collateralDigest(collateral, [{ ...mock.anchor, simulated: false }]));
  assert.equal(digests.size, variants.length + 2);
});

test("collateral that does not verify is not kept", async () => {
  const cache = new VerifiedCollateralCache({ entries: 2 });
  const bad = { ...collateral, tcbInfo: `${collateral.tcbInfo} ` };
  for (let i = 0; i < 2; i++) {
    const verifying = verifyQuote(quote, bad, { anchors, now: trialTime, cache });
    await assert.rejects(verifying, isCollateralError("collateral-signature"));
  }
  assert.equal(cache.get(await collateralDigest(bad, anchors)), null);
});

test("the entry used longest ago makes room", async () => {
  const filled = new VerifiedCollateralCache({ entries: 1 });
  await verifyQuote(quote, collateral, { anchors, now: trialTime, cache: filled });
  const verified = filled.get(await collateralDigest(collateral, anchors));
  assert.ok(verified);
  const cache = new VerifiedCollateralCache({ entries: 2 });
  cache.set("a", verified);
  cache.set("b", verified);
  cache.get("a");
  cache.set("c", verified);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [verified, null, verified]);
  assert.throws(() => new VerifiedCollateralCache({ entries: 0 }), RangeError);
});
