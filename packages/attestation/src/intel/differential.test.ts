// The same verdicts as an independent implementation, @phala/dcap-qvl, but where a reason is given here.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { toDcapQvlCollateral, verifyWithDcapQvl } from "@sealserve/conformance/fixtures/dcap-qvl";
import {
  type QuoteTrial,
  setting,
  trialIntel,
  trialReportData,
  trialTime,
} from "@sealserve/conformance/fixtures/quote-trial";
import { realCollateral, realQuote, withoutRealQuotes as skip } from "@sealserve/conformance/fixtures/real-quotes";
import type { DcapCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import { intelRoot } from "./intel-root.ts";
import { parseQuote } from "./parse-quote.ts";
import { VerifiedCollateralCache } from "./verified-collateral-cache.ts";
import { verifyQuote } from "./verify-quote.ts";

interface Case {
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  readonly anchor: TrustAnchor;
  /** null: Intel's. */
  readonly root: Uint8Array | null;
  readonly now: Date;
}

const cache = new VerifiedCollateralCache({ entries: 4 });

/** TCB status with advisories, or the code of the refusal. */
async function ours({ quote, collateral, anchor, now }: Case): Promise<string> {
  try {
    const verified = await verifyQuote(parseQuote(quote), collateral, { anchors: [anchor], now, cache });
    return [verified.tcbStatus, ...verified.advisories].join(" ");
  } catch (error) {
    if (error instanceof EvidenceError || error instanceof CollateralError) return error.code;
    throw error;
  }
}

function theirs({ quote, collateral, root, now }: Case): string {
  try {
    const verified = verifyWithDcapQvl(quote, toDcapQvlCollateral(collateral), now, root);
    return [verified.status, ...[...verified.advisory_ids].sort()].join(" ");
  } catch {
    return "refused";
  }
}

const statuses = /^(UpToDate|SWHardeningNeeded|Configuration|OutOfDate|TDRelaunch|Revoked)/;

function agree(mine: string, other: string): boolean {
  return statuses.test(mine) ? mine === other : other === "refused";
}

const real: readonly Case[] = skip
  ? []
  : (["sgx/sgx-v3", "tdx/tdx-v4"] as const).map((name) => ({
      quote: realQuote(name),
      collateral: realCollateral(name),
      anchor: intelRoot,
      root: null,
      now: new Date("2025-06-25T00:00:00Z"),
    }));

const mock = trialIntel();

function trial({ measurements = { tee: "tdx" }, quote, collateral, intel, at = trialTime }: QuoteTrial): Case {
  const hardware = intel ? trialIntel(intel) : mock;
  return {
    quote: hardware.quote(measurements, trialReportData, quote),
    collateral: hardware.collateral(measurements.tee, collateral),
    anchor: hardware.anchor,
    root: hardware.chain.root.der,
    now: at,
  };
}

test("both say the same of real quotes, at every edge of their windows", { skip }, async () => {
  for (const one of real) {
    assert.equal(await ours(one), theirs(one));
    for (const edge of [
      "2025-06-19T10:32:27Z",
      "2025-06-19T10:56:11Z",
      "2025-07-19T10:00:35Z",
      "2025-07-19T10:01:18Z",
    ]) {
      for (const offset of [-1000, 0, 1000]) {
        const now = new Date(Date.parse(edge) + offset);
        const [mine, other] = [await ours({ ...one, now }), theirs({ ...one, now })];
        // It looks at no date of a revocation list, and the SGX quote's window ends with its PCK CRL.
        const crlOnly = mine === "expired" && statuses.test(other) && now > new Date("2025-07-19T10:00:35Z");
        assert.ok(agree(mine, other) || crlOnly, `${now.toISOString()}: ${mine} and ${other}`);
      }
    }
  }
});

/** What ours refuses and theirs lets pass in a changed real quote, by our code. */
const laxer: ReadonlySet<string> = new Set([
  // It ignores all that follows the signature section, and bytes of that section that nobody needs.
  "trailing-bytes",
  "malformed",
  // It does not look at the type of the outer certification data, which must be 6.
  "unsupported",
  // It takes the certificates that it finds in the text, and puts its own root in the place of the last.
  "chain-malformed",
]);

test("changed real quotes: theirs refuses what ours does, but what nobody signed and it does not read", {
  skip,
}, async () => {
  for (const one of real) {
    const stride = 7;
    for (let at = 0; at < one.quote.length; at += stride) {
      const quote = one.quote.slice();
      quote[at] = (quote[at] ?? 0) ^ (1 << (at & 7));
      const [mine, other] = [await ours({ ...one, quote }), theirs({ ...one, quote })];
      assert.ok(agree(mine, other) || laxer.has(mine), `byte ${at}: ${mine} and ${other}`);
    }
  }
});

const agreed: Readonly<Record<string, QuoteTrial>> = {
  "SGX v3": { measurements: { tee: "sgx" } },
  "TDX v4": {},
  "TDX v5, TD 1.0": { quote: { version: 5 } },
  "TDX v5, TD 1.5": { quote: { version: 5, tdVersion: "1.5" } },
  "a platform to configure": {
    collateral: { platform: { status: "ConfigurationNeeded", advisories: ["INTEL-SA-1"] } },
  },
  "an outdated platform": { collateral: { platform: { status: "OutOfDate" } } },
  "an outdated quoting enclave": { quote: { qeSvn: 3 } },
  "a quoting enclave below all levels": { quote: { qeSvn: 1 } },
  "a revoked PCK certificate": { collateral: { revoked: ["leaf"] } },
  "a revoked intermediate": { collateral: { revoked: ["intermediate"] } },
  "a revoked TCB signer": { collateral: { revoked: ["tcbSigner"] } },
  "another FMSPC": { collateral: { editTcbInfo: setting("fmspc", "00906ED60000") } },
  "another quoting enclave": { quote: { qe: { isvProdId: 9 } } },
  "an expired leaf": { intel: { certificates: { leaf: { notAfter: new Date(trialTime.getTime() - 1000) } } } },
  "a TCB signer that is a CA": { intel: { certificates: { tcbSigner: { ca: true } } } },
  "documents from tomorrow": { at: new Date(trialTime.getTime() - 2 * 24 * 60 * 60 * 1000) },
};

suite("both say the same of simulated evidence", () => {
  for (const [name, description] of Object.entries(agreed)) {
    test(name, async () => {
      const one = trial(description);
      const [mine, other] = [await ours(one), theirs(one)];
      assert.ok(agree(mine, other), `${mine} and ${other}`);
    });
  }
});

const svns = (...values: number[]) => Array.from({ length: 16 }, (_, i) => values[i] ?? 0);
const day = 24 * 60 * 60 * 1000;

/** Name, what ours says, what theirs says, the trial. */
const different: readonly (readonly [string, string, string, QuoteTrial])[] = [
  [
    "it takes no SGX quote of version 4",
    "UpToDate",
    "refused",
    { measurements: { tee: "sgx" }, quote: { version: 4 } },
  ],
  [
    "it refuses debug TEES itself; ours leaves it to `appraise`, which always does",
    "UpToDate",
    "refused",
    { measurements: { tee: "tdx", debug: true } },
  ],
  [
    "it refuses Revoked itself; ours leaves it to `appraise`, which always does",
    "Revoked",
    "refused",
    { collateral: { platform: { status: "Revoked" } } },
  ],
  [
    "it insists on SEPT_VE_DISABLE; ours leaves TD attributes to the policy",
    "UpToDate",
    "refused",
    { measurements: { tee: "tdx", tdAttributes: "0000000000000000" } },
  ],
  [
    "it refuses bound service TDs; ours leaves them to the policy",
    "UpToDate",
    "refused",
    { measurements: { tee: "tdx", mrServiceTd: "01".repeat(48) }, quote: { version: 5, tdVersion: "1.5" } },
  ],
  [
    "it does not judge the TDX module by its identity",
    "OutOfDate",
    "UpToDate",
    { collateral: { module: { status: "OutOfDate" } } },
  ],
  [
    "it does not look at who signed the TDX module",
    "tdx-module-mismatch",
    "UpToDate",
    { measurements: { tee: "tdx", mrSignerSeam: "01".repeat(48) } },
  ],
  [
    "it does not know the relaunch rule, and wants the module's own numbers in the platform's level",
    "TDRelaunchAdvised INTEL-SA-00828",
    "refused",
    {
      measurements: { tee: "tdx", teeTcbSvn: svns(2, 1, 2), teeTcbSvn2: svns(5, 1, 2) },
      quote: { version: 5, tdVersion: "1.5" },
    },
  ],
  [
    "it does not read revocation lists that it cannot parse",
    "malformed",
    "UpToDate",
    { collateral: { pckCrl: { number: null } } },
  ],
  [
    "it does not look at the dates of revocation lists",
    "expired",
    "UpToDate",
    { collateral: { rootCrl: { nextUpdate: new Date(trialTime.getTime() - day) } } },
  ],
  [
    "it does not verify the signatures of revocation lists",
    "collateral-signature",
    "UpToDate",
    { collateral: { pckCrl: { issuerKey: { ...trialIntel().keys.root, keyId: mock.keys.intermediate.keyId } } } },
  ],
  [
    "it does not look behind the digest in the QE's report data",
    "qe-report-data",
    "UpToDate",
    { quote: { editQeReport: (report) => report.fill(1, 360, 361) } },
  ],
  [
    "it reads a key that stands twice",
    "malformed",
    "UpToDate",
    { collateral: { tcbInfoText: (text) => text.replace('"version":3', '"version":3,"version":3') } },
  ],
  [
    "it does not look at the names of certificates",
    "certificate-name",
    "UpToDate",
    { intel: { certificates: { leaf: { subject: [["CN", "x"]] } } } },
  ],
];

suite("they differ, for a reason", () => {
  for (const [name, mine, other, description] of different) {
    test(name, async () => {
      const one = trial(description);
      assert.deepEqual([await ours(one), theirs(one)], [mine, other]);
    });
  }
});
