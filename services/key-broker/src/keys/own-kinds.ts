// What the broker's own keys are, and for how long an old one goes on beside its successor.
import { isOwnRoot, type MeshParts, meshRoot, skew } from "./mesh-authority.ts";
import type { OwnKind, OwnPurpose } from "./own-keys.ts";

export interface OwnKindsOptions {
  readonly trustDomain: string;
  /** Milliseconds that what each signs is good for. */
  readonly lifetimes: { readonly token: number; readonly mesh: number };
}

export function ownKinds(
  { trustDomain, lifetimes }: OwnKindsOptions,
  parts: MeshParts,
): Readonly<Record<OwnPurpose, OwnKind>> {
  return {
    // Only brokers read tokens, and they share the database.
    ear: { algorithm: "P-256", overlap: lifetimes.token, leastOverlap: 0, announced: false },
    mesh: {
      algorithm: "P-256",
      attach: (key) => meshRoot(trustDomain, key, parts),
      isAttached: isOwnRoot,
      // Each process asks for a new certificate, and is told the roots, before its own ends.
      overlap: lifetimes.mesh + skew,
      leastOverlap: lifetimes.mesh,
      announced: true,
    },
  };
}
