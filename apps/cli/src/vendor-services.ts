// Collateral from whoever made the hardware: Intel's and AMD's own services.
import { byVendor, type CollateralSource, type Fetch, kdsSource, pcsSource } from "@sealserve/attestation";

export function vendorServices(parts: { readonly fetch: Fetch }): CollateralSource {
  return byVendor({ intel: pcsSource({}, parts), amd: kdsSource({}, parts) });
}
