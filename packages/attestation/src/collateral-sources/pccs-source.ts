// Collateral from a Provisioning Certificate Caching Service (PCCS): Intel's cache for data centres, versions 3 and 4 of its protocol.
import type { CollateralSource } from "../collateral.ts";
import { intelSource } from "./intel-source.ts";
import type { Fetch, FetchLimits } from "./limited-fetch.ts";
import { serviceRoot } from "./service-root.ts";

export interface PccsOptions {
  /** With or without the path `/sgx/certification/v4`. */
  readonly baseUrl: string;
  /** Version 3 knows no TDX; default 4. */
  readonly version?: 3 | 4;
  readonly limits?: FetchLimits;
}

/** Answers are not trusted: they carry Intel's signatures, which the verifier checks. `fetch` throws `CollateralError`. */
export function pccsSource(
  { baseUrl, version = 4, limits = {} }: PccsOptions,
  parts: { readonly fetch: Fetch },
): CollateralSource {
  const root = serviceRoot(baseUrl);
  const sgx = `${root}/sgx/certification/v${version}`;
  return intelSource(
    {
      name: `PCCS ${root}`,
      limits,
      urls: ({ tee, fmspc, ca }) => {
        if (version === 3 && tee === "tdx") return null;
        const own = `${root}/${tee}/certification/v${version}`;
        return {
          tcbInfo: `${own}/tcb?fmspc=${fmspc}`,
          qeIdentity: `${own}/qe/identity`,
          pckCrl: `${sgx}/pckcrl?ca=${ca}&encoding=der`,
          rootCaCrl: `${sgx}/rootcacrl`,
        };
      },
    },
    parts,
  );
}
