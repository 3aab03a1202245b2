// Trust out of what people have: roots, a policy, a source of collateral, a clock.
import {
  type AppraisalPolicy,
  type Collateral,
  CollateralError,
  type CollateralSource,
  createVerifier,
  rememberEvaluationNumbers,
  rememberSignedTimes,
  type TrustAnchor,
  VerifiedCollateralCache,
} from "@sealserve/attestation";
import type { Purpose } from "./purpose.ts";
import type { Pinned, Trust } from "./trust.ts";

export interface TrustOptions {
  readonly policy: AppraisalPolicy;
  /** What the peer must be. Default: `client-facing`. */
  readonly purpose?: Purpose;
  readonly pinned?: Pinned;
}

export interface TrustParts {
  /** Production: `[intelRoot, ...amdRoots]`. */
  readonly anchors: readonly TrustAnchor[];
  /**
   * Where collateral comes from. `"stapled"`: from the peer itself, which may withhold newer one until it expires, but cannot forge any;
   * where it sends none, from `otherwise`, if that is given.
   */
  readonly collateral: CollateralSource | "stapled";
  readonly otherwise?: CollateralSource;
  readonly now: () => Date;
}

/** Remembers verified collateral, the highest evaluation numbers and the latest signed time as long as it lives. */
export function createTrust(options: TrustOptions, parts: TrustParts): Trust {
  const { policy, purpose = "client-facing", pinned } = options;
  const { anchors, now } = parts;
  const evaluationNumbers = rememberEvaluationNumbers();
  const signedTimes = rememberSignedTimes();
  const cache = new VerifiedCollateralCache({ entries: 16 });
  return {
    verifierFor: (stapled) =>
      createVerifier({ anchors, evaluationNumbers, signedTimes, cache, collateral: sourceFor(parts, stapled) }),
    policy,
    now,
    purpose,
    ...(pinned ? { pinned } : {}),
  };
}

/** The source to judge one answer by. */
export function sourceFor(
  { collateral, otherwise }: Pick<TrustParts, "collateral" | "otherwise">,
  stapled: Collateral | null,
): CollateralSource {
  if (collateral !== "stapled") return collateral;
  if (stapled) return { fetch: async () => stapled };
  return otherwise ?? nothingStapled;
}

const nothingStapled: CollateralSource = {
  fetch: () =>
    Promise.reject(new CollateralError("not-found", { source: "the server", what: "collateral beside its evidence" })),
};
