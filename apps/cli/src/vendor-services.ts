// Collateral from whoever made the hardware: Intel's and AMD's own services.
import { type CollateralSource, type Fetch, kdsSource, pcsSource } from "@sealserve/attestation";

export function vendorServices(parts: { readonly fetch: Fetch }): CollateralSource {
  const [intel, amd] = [pcsSource({}, parts), kdsSource({}, parts)];
  return { fetch: (request, signal) => (request.kind === "dcap" ? intel : amd).fetch(request, signal) };
}
