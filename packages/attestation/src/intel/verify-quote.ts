// The main act for Intel: whether genuine hardware made a quote, and how far it is patched.

import { importPublicKey, isSignedBy } from "#verify-crypto";
import type { DcapCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { toHex } from "../hex.ts";
import { p256PublicKey } from "../signature-algorithm.ts";
import type { TrustAnchor } from "../trust-anchor.ts";
import { findAnchor } from "../x509/chain.ts";
import { validityFault } from "../x509/validity.ts";
import { parsePckChain, toEvidenceError } from "./certification.ts";
import { evaluateTcb } from "./evaluate-tcb.ts";
import { toCollateralError } from "./issuer-chain.ts";
import { type PckExtension, readPckExtension } from "./pck-extension.ts";
import type { PckChain, Quote } from "./quote.ts";
import { toClaims } from "./quote-claims.ts";
import type { TcbInfo } from "./tcb-info.ts";
import { collateralDigest, type VerifiedCollateralCache } from "./verified-collateral-cache.ts";
import type { VerifiedQuote } from "./verified-quote.ts";
import { type VerifiedCollateral, verifyCollateral } from "./verify-collateral.ts";
import { verifyPckChain } from "./verify-pck-chain.ts";
import { matchQeIdentity, verifyQeReport } from "./verify-qe.ts";

export interface QuoteVerification {
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  /** Collateral with a lower evaluation number is refused (`rollback`), where wanted by the root of the quote; without it, any is new enough. */
  readonly minEvaluationDataNumber?: number | ((root: TrustAnchor) => number);
  /** Spares verifying the same collateral again; its dates are looked at each time. */
  readonly cache?: VerifiedCollateralCache;
}

/**
 * Verifies `quote` against `collateral`. Throws {@link EvidenceError} (the quote is bad: stop) or {@link CollateralError} (fetch other
 * collateral). What it returns is genuine, not yet acceptable: debug TEEs and Revoked platforms are for `appraise` to refuse.
 */
export async function verifyQuote(
  quote: Quote,
  collateral: DcapCollateral,
  { anchors, now, minEvaluationDataNumber = 0, cache }: QuoteVerification,
): Promise<VerifiedQuote> {
  const chain = pckChainOf(quote, collateral);
  const anchor = await anchorOf(chain, anchors);
  const verified = await verifiedCollateral(collateral, anchors, cache);
  checkDates(verified, now);
  const atLeast =
    typeof minEvaluationDataNumber === "number" ? minEvaluationDataNumber : minEvaluationDataNumber(anchor);
  const tcbEvaluationDataNumber = checkEvaluationNumber(verified, atLeast);
  const pckValidities = await verifyPckChain(chain, verified, now);
  const pck = readPckExtension(chain[0]);
  checkPlatform(quote, pck, verified.tcbInfo);
  await verifyQeReport(quote, chain[0]);
  const qe = matchQeIdentity(quote, verified.qeIdentity);
  await verifySignature(quote);
  const verdict = evaluateTcb(quote, pck, verified.tcbInfo, qe);
  const ends = [...verified.validities, ...pckValidities].map(({ until }) => until);
  const notAfter = new Date(Math.min(...ends));
  const collateralIssuedAt = issuedAt(verified);
  return {
    ...{ claims: toClaims(quote, pck), ...verdict, root: anchor },
    ...{ tcbEvaluationDataNumber, collateralIssuedAt, notAfter },
  };
}

/** Not of the root's list: it changes about once a year, and would always be the oldest. */
function issuedAt({ tcbInfo, qeIdentity, pckCrl }: VerifiedCollateral): Date {
  return new Date(Math.min(tcbInfo.issueDate, qeIdentity.issueDate, pckCrl.from));
}

function pckChainOf({ certification }: Quote, { pckCertificateChain }: DcapCollateral): PckChain {
  if (certification.kind === "pck-chain") return certification.chain;
  if (pckCertificateChain !== undefined) return deliveredChain(pckCertificateChain);
  const found = `${certification.type}, and the collateral has no PCK certificate chain`;
  throw new EvidenceError("unsupported", {
    what: "type of the certification data",
    found,
    allowed: "5 (PCK certificate chain)",
  });
}

function deliveredChain(text: string): PckChain {
  try {
    return parsePckChain(text);
  } catch (error) {
    throw toCollateralError(error);
  }
}

async function anchorOf([, , root]: PckChain, anchors: readonly TrustAnchor[]): Promise<TrustAnchor> {
  try {
    return await findAnchor(root, "intel", anchors);
  } catch (error) {
    throw toEvidenceError(error);
  }
}

async function verifiedCollateral(
  collateral: DcapCollateral,
  anchors: readonly TrustAnchor[],
  cache: VerifiedCollateralCache | undefined,
): Promise<VerifiedCollateral> {
  if (!cache) return verifyCollateral(collateral, anchors);
  const digest = await collateralDigest(collateral, anchors);
  const known = cache.get(digest);
  if (known) return known;
  const verified = await verifyCollateral(collateral, anchors);
  cache.set(digest, verified);
  return verified;
}

function checkDates({ validities }: VerifiedCollateral, now: Date): void {
  for (const validity of validities) {
    const fault = validityFault(validity, now);
    if (fault?.code === "expired") throw new CollateralError("expired", fault.facts);
    if (fault) throw new CollateralError("not-yet-valid", fault.facts);
  }
}

/** The lower of both documents' numbers. */
function checkEvaluationNumber({ tcbInfo, qeIdentity }: VerifiedCollateral, atLeast: number): number {
  const numbers = { "TCB info": tcbInfo.tcbEvaluationDataNumber, "QE identity": qeIdentity.tcbEvaluationDataNumber };
  for (const [what, found] of Object.entries(numbers)) {
    if (found < atLeast) throw new CollateralError("rollback", { what, atLeast, found });
  }
  return Math.min(...Object.values(numbers));
}

function checkPlatform(quote: Quote, pck: PckExtension, tcbInfo: TcbInfo): void {
  const pairs: readonly (readonly [string, string, string])[] = [
    ["TCB info id", quote.body.tee === "tdx" ? "TDX" : "SGX", tcbInfo.id],
    ["FMSPC", toHex(pck.fmspc), tcbInfo.fmspc],
    ["PCE id", toHex(pck.pceId), tcbInfo.pceId],
  ];
  for (const [field, expected, found] of pairs) {
    if (found !== expected) throw new CollateralError("platform-mismatch", { field, expected, found });
  }
}

async function verifySignature({ attestationKey, signature, signed }: Quote): Promise<void> {
  const key = await importPublicKey("ecdsa-p256-sha256", p256PublicKey(attestationKey));
  if (!key) throw new EvidenceError("key-invalid", { what: "the attestation key" });
  if (!(await isSignedBy("ecdsa-p256-sha256", key, signature, signed))) throw new EvidenceError("quote-signature", {});
}
