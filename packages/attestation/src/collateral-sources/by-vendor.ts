// One source out of two: each vendor's hardware is asked about where its collateral is.
import type { CollateralSource } from "../collateral.ts";

export interface VendorSources {
  /** For SGX and TDX. */
  readonly intel: CollateralSource;
  /** For SEV-SNP. */
  readonly amd: CollateralSource;
}

export function byVendor({ intel, amd }: VendorSources): CollateralSource {
  return { fetch: (request, signal) => (request.kind === "dcap" ? intel : amd).fetch(request, signal) };
}
