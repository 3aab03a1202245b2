// The root that Intel's production SGX and TDX evidence ends in.
import type { TrustAnchor } from "../trust-anchor.ts";

/** "Intel SGX Root CA", self-signed, valid 2018-05-21 to 2049-12-31. */
export const intelRoot: TrustAnchor = {
  name: "Intel SGX Root CA",
  vendor: "intel",
  sha256: "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
  simulated: false,
};
