// How long a TDX quote takes from bytes to a verdict, with collateral verified anew or known, beside @phala/dcap-qvl.
import {
  intelRoot,
  parseQuote,
  readCollateralJson,
  type TrustAnchor,
  VerifiedCollateralCache,
  verifyQuote,
  writeCollateralJson,
} from "@sealserve/attestation";
import { verifyWithDcapQvl } from "@sealserve/conformance/fixtures/dcap-qvl";
import { trialIntel, trialReportData, trialTime } from "@sealserve/conformance/fixtures/quote-trial";
import { realCollateralText, realQuote, withoutRealQuotes } from "@sealserve/conformance/fixtures/real-quotes";
import type { BenchResult } from "../result.ts";
import { median, quantile, quartiles } from "../spread.ts";

const rounds = 40;
const warmUp = 5;
/** Verifications of a turn. */
const turn = 10;

interface Evidence {
  readonly quote: Uint8Array;
  readonly collateral: string;
  readonly anchor: TrustAnchor;
  /** null: Intel's. */
  readonly root: Uint8Array | null;
  readonly now: Date;
}

/** All three ways take turns, so that whatever else the machine does slows all alike. */
export async function attestation(): Promise<readonly BenchResult[]> {
  const evidence = tdxEvidence();
  const cache = new VerifiedCollateralCache({ entries: 1 });
  const ways = {
    anew: () => verify(evidence),
    known: () => verify(evidence, cache),
    theirs: async () => {
      const { quote, collateral, now, root } = evidence;
      verifyWithDcapQvl(quote, JSON.parse(collateral), now, root);
    },
  };
  const times: Record<keyof typeof ways, number[]> = { anew: [], known: [], theirs: [] };
  const ratio: number[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const turns = { anew: await timed(ways.anew), known: await timed(ways.known), theirs: await timed(ways.theirs) };
    if (round < 0) continue;
    for (const name of ["anew", "known", "theirs"] as const) times[name].push(...turns[name]);
    ratio.push(sum(turns.theirs) / sum(turns.anew));
  }
  const [anew, known] = [median(times.anew), median(times.known)];
  return [
    {
      name: "attestation-anew",
      what: "a TDX quote with its collateral, from bytes to verdict",
      value: anew,
      unit: "ms",
      asked: { kind: "at most", bound: 10 },
      figures: { "p99 ms": quantile(times.anew, 0.99) },
    },
    {
      name: "attestation-known",
      what: "the same with verified collateral in the cache",
      value: known,
      unit: "ms",
      asked: { kind: "at most", bound: 4 },
      figures: { "p99 ms": quantile(times.known, 0.99) },
    },
    {
      name: "attestation-speed",
      what: "a TDX quote with its collateral, against @phala/dcap-qvl",
      value: median(ratio),
      unit: "times as fast",
      asked: { kind: "at least", bound: 2 },
      figures: { ...quartiles(ratio), "Sealserve ms": anew, "dcap-qvl ms": median(times.theirs) },
    },
  ];
}

async function verify({ quote, collateral, anchor, now }: Evidence, cache?: VerifiedCollateralCache): Promise<void> {
  const options = { anchors: [anchor], now, ...(cache ? { cache } : {}) };
  await verifyQuote(parseQuote(quote), readCollateralJson(collateral), options);
}

/** Genuine evidence where the machine has it, else simulated. */
function tdxEvidence(): Evidence {
  if (!withoutRealQuotes) {
    const now = new Date("2025-06-25T00:00:00Z");
    const name = "tdx/tdx-v4";
    return { quote: realQuote(name), collateral: realCollateralText(name), anchor: intelRoot, root: null, now };
  }
  const mock = trialIntel();
  return {
    quote: mock.quote({ tee: "tdx" }, trialReportData),
    collateral: writeCollateralJson(mock.collateral("tdx")),
    anchor: mock.anchor,
    root: mock.chain.root.der,
    now: trialTime,
  };
}

/** Milliseconds of each of a turn's verifications. */
async function timed(once: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < turn; i++) {
    const started = performance.now();
    await once();
    times.push(performance.now() - started);
  }
  return times;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
