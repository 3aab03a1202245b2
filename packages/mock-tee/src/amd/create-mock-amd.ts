// Simulated AMD hardware and key distribution service: SEV-SNP reports and what judges them, under a throw-away root.
import { randomBytes } from "node:crypto";
import { cachedSource, type SnpCollateral, type SnpTcb } from "@sealserve/attestation";
import type { Bytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import type { KeptRoot, MockAuthority, MockParts } from "../mock-authority.ts";
import { keepRoot, restoreRoot } from "../x509/kept-root.ts";
import { issueRevocationList, type RevocationListFields } from "../x509/revocation-list.ts";
import { type AmdCertificateOverrides, AmdChain, AmdKeys, type AmdRole, arkName } from "./amd-chain.ts";
import { vcekExtensions, vlekExtensions } from "./endorsement-extensions.ts";
import { mockAmdSource } from "./mock-amd-source.ts";
import { buildReport, type ReportFacts, type SnpMeasurements } from "./report.ts";
import { defaultTcb, type SnpProduct } from "./snp-tcb.ts";

export interface MockAmdOptions {
  /** Default: Milan. */
  readonly product?: SnpProduct;
  /** Name of the anchor; default "Mock ARK Milan" and the like. */
  readonly name?: string;
  /** Which key signs, unless a report is told otherwise; default: the chip's own, VCEK. */
  readonly signedBy?: "vcek" | "vlek";
  readonly tcb?: Partial<SnpTcb>;
  /** 64 bytes; on Turin all but the first 8 are zero. */
  readonly chipId?: Bytes;
  /** The provider in the VLEK's certificate. */
  readonly provider?: string;
  /** What differs from right certificates. */
  readonly certificates?: AmdCertificateOverrides;
  /** Keys of another authority, to save the time to make them; not together with `root`. */
  readonly keys?: AmdKeys;
  /** A root of an earlier authority. */
  readonly root?: KeptRoot;
}

/** What differs from an untampered report. */
export type ReportOptions = Partial<Omit<ReportFacts, "measurements" | "reportData">>;

export interface SnpCollateralOptions {
  /** Default: the chain of the authority's signing key, leaf first. */
  readonly certificates?: readonly AmdRole[];
  /** What differs from a list that revokes nothing; null: no list. */
  readonly crl?: Partial<RevocationListFields> | null;
  readonly revoked?: readonly AmdRole[];
}

export interface MockAmd extends MockAuthority<SnpMeasurements> {
  readonly product: SnpProduct;
  readonly chipId: Bytes;
  readonly tcb: SnpTcb;
  readonly chain: AmdChain;
  readonly keys: AmdKeys;
  /** Version 3 (2 on Milan), unless told otherwise. `reportData`: 64 bytes. */
  report(measurements: SnpMeasurements, reportData: Bytes, options?: ReportOptions): Bytes;
  collateral(options?: SnpCollateralOptions): SnpCollateral;
}

export function createMockAmd(options: MockAmdOptions, parts: MockParts): MockAmd {
  const randomness = parts.randomness ?? randomBytes;
  const { product = "Milan", signedBy = "vcek", provider = "Simulated provider" } = options;
  const tcb = { ...defaultTcb(product), ...options.tcb };
  const chipId = options.chipId ?? Uint8Array.from(randomness(64)).fill(0, product === "Turin" ? 8 : 64);
  const kept = options.root && restoreRoot(options.root, "rsa4096", arkName(product));
  const keys = options.keys ?? new AmdKeys(kept ? { ark: kept.key } : {});
  const chain = new AmdChain({
    product,
    keys,
    overrides: options.certificates ?? {},
    endorsements: {
      vcek: vcekExtensions({ product, tcb, chipId }),
      vlek: vlekExtensions({ product, tcb }, provider),
    },
    now: parts.now(),
    serial: () => BigInt(`0x${toHex(randomness(8))}`),
    ark: kept?.certificate,
  });
  const report: MockAmd["report"] = (measurements, reportData, { signedBy: signer = signedBy, ...changed } = {}) =>
    buildReport({
      version: product === "Milan" ? 2 : 3,
      product,
      signedBy: signer,
      key: keys.of(signer),
      chipId,
      maskChipId: signer === "vlek",
      reportedTcb: tcb,
      currentTcb: tcb,
      committedTcb: tcb,
      launchTcb: tcb,
      signatureAlgorithm: 1,
      editSigned: () => {},
      editSignature: () => {},
      measurements,
      reportData,
      ...changed,
    });
  const collateral: MockAmd["collateral"] = (changed = {}) =>
    snpCollateral(chain, keys, signedBy, parts.now(), changed);
  const source = cachedSource(mockAmdSource({ product, chipId, collateral }), {}, { clock: parts });
  const ark = chain.of("ark");
  return {
    anchor: { name: options.name ?? `Mock ARK ${product}`, vendor: "amd", sha256: ark.sha256, simulated: true },
    root: keepRoot({ certificate: ark, key: keys.of("ark") }),
    ...{ product, chipId, tcb, chain, keys, report, collateral, source },
    attester: (measurements) => ({
      evidence: async (reportData) => ({
        tee: "snp",
        report: report(measurements, reportData),
        certificates: collateral({ crl: null }).certificates,
      }),
    }),
  };
}

const day = 24 * 60 * 60 * 1000;

function snpCollateral(
  chain: AmdChain,
  keys: AmdKeys,
  signedBy: "vcek" | "vlek",
  now: Date,
  { certificates, crl = {}, revoked = [] }: SnpCollateralOptions,
): SnpCollateral {
  const roles: readonly AmdRole[] = certificates ?? [signedBy, signedBy === "vcek" ? "ask" : "asvk", "ark"];
  return {
    kind: "snp",
    certificates: roles.map((role) => chain.of(role).der),
    crl:
      crl === null
        ? null
        : issueRevocationList({
            issuer: chain.of("ark").subject,
            issuerKey: keys.of("ark"),
            thisUpdate: new Date(now.getTime() - day),
            nextUpdate: new Date(now.getTime() + 29 * day),
            revoked: revoked.map((role) => chain.of(role).serial),
            number: 1,
            keyId: true,
            ...crl,
          }),
  };
}
