// The services that collateral is fetched from: the vendors' own, or the one that --from names.
import { byVendor, type CollateralSource, kdsSource, pccsSource, pcsSource } from "@sealserve/attestation";
import { reasonOf } from "@sealserve/primitives";
import { UsageError } from "./usage-error.ts";
import { vendorServices } from "./vendor-services.ts";

/** `from` undefined: Intel's and AMD's own. Else a PCCS for Intel's TEEs, or a mirror of KDS for AMD's. Throws `UsageError`. */
export function collateralService(from: string | undefined): CollateralSource {
  if (from === undefined) return vendorServices({ fetch });
  try {
    // Only Intel's own service keeps the root's revocation list at another place.
    const isPcs = new URL(from).hostname.endsWith("trustedservices.intel.com");
    const intel = isPcs ? pcsSource({ baseUrl: from }, { fetch }) : pccsSource({ baseUrl: from }, { fetch });
    return byVendor({ intel, amd: kdsSource({ baseUrl: from }, { fetch }) });
  } catch (error) {
    throw new UsageError(`--from must be an http(s) URL without credentials: ${reasonOf(error)}`, error);
  }
}
