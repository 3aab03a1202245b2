// Collateral out of a pile of files: those of a folder or of a bundle, sorted by what they are.

import type { CollateralSource } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { type CollateralFile, type CollateralPiece, readCollateralFile } from "./collateral-file.ts";
import { findDcapCollateral } from "./find-dcap-collateral.ts";
import { findSnpCollateral } from "./find-snp-collateral.ts";

/**
 * Reads all `files` at once. Nothing in them is trusted: they carry the vendors' signatures, which the verifier checks. `name`: of the pile,
 * for errors. Throws {@link CollateralError} `malformed`, naming the file.
 */
export function filesSource(files: readonly CollateralFile[], name: string): CollateralSource {
  const pieces: readonly CollateralPiece[] = files.flatMap(readCollateralFile);
  return {
    async fetch(request) {
      const found = request.kind === "dcap" ? findDcapCollateral(pieces, request) : findSnpCollateral(pieces, request);
      if ("missing" in found) throw new CollateralError("not-found", { source: name, what: found.missing });
      return found;
    },
  };
}
