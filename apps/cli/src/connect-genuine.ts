// A connection to a server that proved to be genuine hardware, of whatever measurement: for requests with nothing to hide.
import { amdRoots, intelRoot } from "@sealserve/attestation";
import { connectAttested, scoreServer } from "@sealserve/client/node";
import type { InferenceService } from "@sealserve/inference";
import { createTrust } from "@sealserve/session";
import { AnyModelError } from "./any-model-error.ts";
import { builtinPolicy } from "./builtin-policy.ts";
import { collateralSourceOf } from "./collateral-argument.ts";
import { type ConnectionFlags, readCertificate } from "./connection.ts";
import { pinsOf } from "./pin-flags.ts";
import { readTrustAnchorFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";
import { vendorServices } from "./vendor-services.ts";

/** Long enough for a TEE that is slow to attest, and for fetching collateral. */
const timeLimit = 60_000;

/**
 * The measurement that the server shows first is the one that it must have on the connection that is used. Throws `AnyModelError`, what the
 * verifier throws, and `UsageError`.
 */
export async function connectGenuine(flags: ConnectionFlags): Promise<InferenceService> {
  const { url, ca, trust, trustAnchor, collateral, sealedHttp } = flags;
  if (trust !== undefined || sealedHttp) throw new UsageError("--genuine goes without --trust and --sealed-http");
  const anchors = trustAnchor === undefined ? [] : readTrustAnchorFile(trustAnchor);
  const simulated = anchors.filter((anchor) => anchor.simulated).map(({ sha256 }) => sha256);
  const parts = {
    anchors: [intelRoot, ...amdRoots, ...anchors],
    ...(collateral === undefined
      ? ({ collateral: "stapled", otherwise: vendorServices({ fetch }) } as const)
      : { collateral: await collateralSourceOf(collateral) }),
    now: () => new Date(),
  };
  const pinned = pinsOf(flags);
  const { verdict, verified, scores } = await scoreServer(
    url,
    { policy: (claims) => builtinPolicy(claims, simulated), purpose: "client-facing", pinned },
    { ...parts, signal: AbortSignal.timeout(timeLimit) },
  );
  if (verdict === "fail" || verified === null) {
    const reason = scores.find(({ outcome }) => outcome === "fail")?.reason ?? "a check was not reached";
    throw new AnyModelError("not-genuine", { reason });
  }
  const trusted = createTrust({ policy: builtinPolicy(verified.claims, simulated), pinned }, parts);
  return connectAttested(url, trusted, ca === undefined ? {} : { ca: readCertificate(ca) });
}
