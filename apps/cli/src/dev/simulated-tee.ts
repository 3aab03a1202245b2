// The simulated hardware of `dev`: what it measures, how it can be told to lie, and what a policy must say to accept it.
import { createHash } from "node:crypto";
import {
  type Collateral,
  collateralRequest,
  type Evidence,
  parseQuote,
  type ReferenceValue,
  type TeeKind,
} from "@sealserve/attestation";
import { createMockHardware, type MockHardware, type MockMeasurements } from "@sealserve/mock-tee";
import { version } from "../version.ts";
import type { KeptRoots } from "./hardware-folder.ts";

/** What `--simulate` can make the hardware say: that other code runs, or that the host may look inside. */
export const simulations = ["changed-measurement", "debug"] as const;
export type Simulation = (typeof simulations)[number];

export interface SimulatedTee extends MockHardware {
  /** What this program is registered as. */
  readonly reference: ReferenceValue;
  /** Collateral to send along; null for what brings its own certificates. */
  collateral(evidence: Evidence): Promise<Collateral | null>;
}

export async function openSimulatedTee(
  { tee, simulate }: { readonly tee: TeeKind; readonly simulate: Simulation | null },
  { state, now }: { readonly state: KeptRoots; readonly now: () => Date },
): Promise<SimulatedTee> {
  const kept = await state.keptRoot(tee);
  const code = simulate === "changed-measurement" ? "changed" : "dev";
  const measurements = measurementsOf(tee, code, simulate === "debug");
  const hardware = createMockHardware({ measurements, ...(kept ? { root: kept } : {}) }, { now });
  if (!kept) {
    await state.keepRoot(tee, hardware.authority.root);
    // Another process may have been first.
    return openSimulatedTee({ tee, simulate }, { state, now });
  }
  return {
    ...hardware,
    reference: referenceOf(tee),
    async collateral(evidence) {
      if (evidence.tee === "snp") return null;
      return hardware.authority.source.fetch(
        collateralRequest(parseQuote(evidence.quote)),
        AbortSignal.timeout(10_000),
      );
    },
  };
}

/** No hardware measures anything here: a digest of the program's name and version stands for it. */
function digest(bytes: 32 | 48, code: "dev" | "changed"): string {
  const text = `sealserve ${code} ${version}`;
  return createHash(bytes === 32 ? "sha256" : "sha384")
    .update(text)
    .digest("hex");
}

function measurementsOf(tee: TeeKind, code: "dev" | "changed", debug: boolean): MockMeasurements {
  switch (tee) {
    case "sgx":
      return { tee, mrEnclave: digest(32, code), debug };
    case "tdx":
      return { tee, mrTd: digest(48, code), debug };
    case "snp":
      return { tee, measurement: digest(48, code), ...(debug ? { debug } : {}) };
  }
}

function referenceOf(tee: TeeKind): ReferenceValue {
  const name = `sealserve-dev-${version}`;
  switch (tee) {
    case "sgx":
      return { tee, name, mrEnclave: [digest(32, "dev")] };
    case "tdx":
      return { tee, name, mrTd: [digest(48, "dev")] };
    case "snp":
      return { tee, name, measurement: [digest(48, "dev")], minTcb: {} };
  }
}
