// Collateral from Intel's Provisioning Certification Service (PCS), version 4.
import type { CollateralSource } from "../collateral.ts";
import { intelSource } from "./intel-source.ts";
import type { Fetch, FetchLimits } from "./limited-fetch.ts";
import { serviceRoot } from "./service-root.ts";

export interface PcsOptions {
  /** Default: Intel's own. */
  readonly baseUrl?: string;
  /** Default: where Intel's certificates say. */
  readonly rootCrlUrl?: string;
  /** "early" gives a new evaluation number as soon as it is published; default "standard". */
  readonly update?: "early" | "standard";
  readonly limits?: FetchLimits;
}

/** Answers are not trusted: they carry Intel's signatures, which the verifier checks. `fetch` throws `CollateralError`. */
export function pcsSource(options: PcsOptions, parts: { readonly fetch: Fetch }): CollateralSource {
  const {
    baseUrl = "https://api.trustedservices.intel.com",
    rootCrlUrl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
    update = "standard",
    limits = {},
  } = options;
  const root = serviceRoot(baseUrl);
  return intelSource(
    {
      name: `PCS ${root}`,
      limits,
      urls: ({ tee, fmspc, ca }) => ({
        tcbInfo: `${root}/${tee}/certification/v4/tcb?fmspc=${fmspc}&update=${update}`,
        qeIdentity: `${root}/${tee}/certification/v4/qe/identity?update=${update}`,
        pckCrl: `${root}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
        rootCaCrl: rootCrlUrl,
      }),
    },
    parts,
  );
}
