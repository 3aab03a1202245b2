// Answers what a verifier asks of Intel's provisioning service, without a socket.
import { CollateralError, type CollateralSource, type DcapCollateral } from "@sealserve/attestation";
import type { IntelPlatform } from "./platform.ts";

export interface IntelSourceParts {
  readonly platform: IntelPlatform;
  readonly collateral: (tee: "sgx" | "tdx") => DcapCollateral;
}

export function mockIntelSource({ platform, collateral }: IntelSourceParts): CollateralSource {
  return {
    fetch: async (request) => {
      if (request.kind !== "dcap" || request.fmspc !== platform.fmspc || request.ca !== platform.ca) {
        const what = request.kind === "dcap" ? `platform ${request.fmspc} (${request.ca})` : "SEV-SNP";
        throw new CollateralError("not-found", { source: "simulated hardware", what });
      }
      return collateral(request.tee);
    },
  };
}
