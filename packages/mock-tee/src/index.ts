// Hardware that signs true-format evidence under a throw-away root, for tests and for trying things out.

export {
  createMockIntel,
  type IntelMeasurements,
  type MockIntel,
  type MockIntelOptions,
  type QuoteOptions,
} from "./intel/create-mock-intel.ts";
export type { MockCollateralOptions } from "./intel/mock-collateral.ts";
export type { IntelPlatform } from "./intel/platform.ts";
export type { SgxMeasurements, TdxMeasurements } from "./intel/report-body.ts";
export type { KeptRoot, MockAuthority, MockParts } from "./mock-authority.ts";
