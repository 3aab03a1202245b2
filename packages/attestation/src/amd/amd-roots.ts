// AMD's root keys (ARK), one for each generation of processors.
import type { TrustAnchor } from "../trust-anchor.ts";

/** Fingerprints of the self-signed certificates that AMD's key distribution service gives in `…/cert_chain`. */
export const amdRoots: readonly TrustAnchor[] = [
  root("AMD ARK Milan", "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd"),
  root("AMD ARK Genoa", "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1"),
  root("AMD ARK Turin", "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"),
];

function root(name: string, sha256: string): TrustAnchor {
  return Object.freeze({ name, vendor: "amd", sha256, simulated: false });
}
