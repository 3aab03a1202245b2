// One piece of simulated hardware, whichever vendor's the measurements call for.
import type { Attester } from "@sealserve/attestation/attester";
import { createMockAmd } from "./amd/create-mock-amd.ts";
import type { SnpMeasurements } from "./amd/report.ts";
import { createMockIntel, type IntelMeasurements } from "./intel/create-mock-intel.ts";
import type { KeptRoot, MockAuthority, MockParts } from "./mock-authority.ts";

export type MockMeasurements = IntelMeasurements | SnpMeasurements;

/** Hardware together with what it takes to believe it. */
export interface MockHardware {
  readonly attester: Attester;
  readonly authority: Pick<MockAuthority<never>, "anchor" | "source" | "root">;
}

/** Hardware that measured `measurements`. `root`: that of an earlier authority of the same vendor; default: a new one. */
export function createMockHardware(
  { measurements, root }: { readonly measurements: MockMeasurements; readonly root?: KeptRoot },
  parts: MockParts,
): MockHardware {
  const options = root === undefined ? {} : { root };
  if (measurements.tee === "snp") {
    const authority = createMockAmd(options, parts);
    return { authority, attester: authority.attester(measurements) };
  }
  const authority = createMockIntel(options, parts);
  return { authority, attester: authority.attester(measurements) };
}
