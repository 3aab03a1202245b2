// Remembers verified collateral, so that only the quote itself is left to verify.
import { concatBytes, utf8 } from "@sealserve/primitives";
import { sha256 } from "#verify-crypto";
import type { DcapCollateral } from "../collateral.ts";
import { toHex } from "../hex.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import type { VerifiedCollateral } from "./verify-collateral.ts";

/** Bounded; the entry used longest ago makes room. Keyed by a digest of every byte of the collateral and of the anchors. */
export class VerifiedCollateralCache {
  readonly #limit: number;
  readonly #entries = new Map<string, VerifiedCollateral>();

  /** `entries`: how many to keep; each may hold some hundred kilobytes. */
  constructor({ entries }: { readonly entries: number }) {
    if (!Number.isSafeInteger(entries) || entries < 1)
      throw new RangeError(`entries must be 1 or more, not ${entries}`);
    this.#limit = entries;
  }

  get(digest: string): VerifiedCollateral | null {
    const found = this.#entries.get(digest);
    if (!found) return null;
    this.#entries.delete(digest);
    this.#entries.set(digest, found);
    return found;
  }

  set(digest: string, verified: VerifiedCollateral): void {
    this.#entries.delete(digest);
    this.#entries.set(digest, verified);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** SHA-256 over every byte that `verifyCollateral` looks at, each field with its length before it. */
export async function collateralDigest(collateral: DcapCollateral, anchors: readonly TrustAnchor[]): Promise<string> {
  const fields = [
    utf8(anchors.map((anchor) => JSON.stringify([anchor.name, anchor.vendor, anchor.sha256, anchor.simulated])).join()),
    utf8(collateral.tcbInfo),
    utf8(collateral.tcbInfoSignature),
    utf8(collateral.tcbInfoIssuerChain),
    utf8(collateral.qeIdentity),
    utf8(collateral.qeIdentitySignature),
    utf8(collateral.qeIdentityIssuerChain),
    collateral.rootCaCrl,
    collateral.pckCrl,
    utf8(collateral.pckCrlIssuerChain),
  ];
  const lengths = new Uint32Array(fields.map((field) => field.length));
  return toHex(await sha256(concatBytes([new Uint8Array(lengths.buffer), ...fields])));
}
