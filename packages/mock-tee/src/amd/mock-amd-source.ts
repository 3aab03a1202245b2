// Answers what a verifier asks of AMD's key distribution service, without a socket.
import { CollateralError, type CollateralSource, type SnpCollateral } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import type { SnpProduct } from "./snp-tcb.ts";

export interface AmdSourceParts {
  readonly product: SnpProduct;
  readonly chipId: Bytes;
  readonly collateral: () => SnpCollateral;
}

export function mockAmdSource({ product, chipId, collateral }: AmdSourceParts): CollateralSource {
  const masked = "0".repeat(128);
  return {
    fetch: async (request) => {
      const known =
        request.kind === "snp" &&
        request.product === product &&
        (request.chipId === toHex(chipId) || request.chipId === masked);
      if (known) return collateral();
      const what = request.kind === "snp" ? `${request.product} ${request.chipId}` : `platform ${request.fmspc}`;
      throw new CollateralError("not-found", { source: "simulated hardware", what });
    },
  };
}
