// Simulated Intel hardware and provisioning service: SGX and TDX quotes, and the collateral that judges them, under a throw-away root.
import { randomBytes } from "node:crypto";
import { cachedSource, type DcapCollateral, type TrustAnchor } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { Bytes } from "@sealserve/primitives";
import { toHex } from "../hex.ts";
import type { KeptRoot, MockAuthority, MockParts } from "../mock-authority.ts";
import { pemChain } from "../x509/certificate.ts";
import { keepRoot, restoreRoot } from "../x509/kept-root.ts";
import { generateSigningKey } from "../x509/signing-key.ts";
import {
  generateIntelKeys,
  type IntelCertificateOverrides,
  type IntelChain,
  type IntelKeys,
  intelRootName,
  issueIntelChain,
} from "./intel-chain.ts";
import { buildCollateral, type MockCollateralOptions } from "./mock-collateral.ts";
import { mockIntelSource } from "./mock-intel-source.ts";
import { defaultPlatform, type IntelPlatform } from "./platform.ts";
import { buildQuote, plainQuote, type QuoteFacts } from "./quote.ts";
import type { SgxMeasurements, TdxMeasurements } from "./report-body.ts";

export type IntelMeasurements = SgxMeasurements | TdxMeasurements;

export interface MockIntelOptions {
  /** Name of the anchor; default "Mock SGX Root CA". */
  readonly name?: string;
  readonly platform?: Partial<IntelPlatform>;
  /** What differs from right certificates. */
  readonly certificates?: IntelCertificateOverrides;
  readonly keys?: Partial<IntelKeys>;
  /** A root of an earlier authority. */
  readonly root?: KeptRoot;
  /** What differs from the collateral of an up-to-date platform, in all that this authority gives out. */
  readonly collateral?: MockCollateralOptions;
}

/** What differs from an untampered quote. */
export type QuoteOptions = Partial<Omit<QuoteFacts, "measurements" | "reportData">>;

export interface MockIntel extends MockAuthority<IntelMeasurements> {
  readonly platform: IntelPlatform;
  readonly chain: IntelChain;
  readonly keys: IntelKeys;
  /** SGX: version 3, TDX: version 4, unless told otherwise. `reportData`: 64 bytes. */
  quote(measurements: IntelMeasurements, reportData: Bytes, options?: QuoteOptions): Bytes;
  collateral(tee: "sgx" | "tdx", options?: MockCollateralOptions): DcapCollateral;
}

export function createMockIntel(options: MockIntelOptions, parts: MockParts): MockIntel {
  const randomness = parts.randomness ?? randomBytes;
  const hex = (length: number): string => toHex(randomness(length));
  const platform = { ...defaultPlatform, ppid: hex(16), platformInstanceId: hex(16), ...options.platform };
  const kept = options.root && restoreRoot(options.root, "p256", intelRootName);
  const keys = { ...generateIntelKeys(kept?.key), ...options.keys };
  const chain = issueIntelChain(platform, keys, options.certificates ?? {}, {
    now: parts.now(),
    serial: () => BigInt(`0x${hex(20)}`),
    root: kept?.certificate,
  });
  const attestationKey = generateSigningKey("p256");
  const quote: MockIntel["quote"] = (measurements, reportData, changed = {}) =>
    buildQuote({
      ...plainQuote,
      version: measurements.tee === "sgx" ? 3 : 4,
      pceSvn: platform.pceSvn,
      cpuSvn: platform.componentSvns,
      attestationKey,
      pckKey: keys.leaf,
      pckChain: pemChain([chain.leaf, chain.intermediate, chain.root]),
      measurements,
      reportData,
      ...changed,
    });
  const collateral: MockIntel["collateral"] = (tee, changed) =>
    buildCollateral(tee, { platform, chain, keys, now: parts.now() }, { ...options.collateral, ...changed });
  return {
    anchor: anchorOf(options.name ?? "Mock SGX Root CA", chain),
    platform,
    chain,
    keys,
    root: keepRoot({ certificate: chain.root, key: keys.root }),
    quote,
    collateral,
    source: cachedSource(mockIntelSource({ platform, collateral }), {}, { clock: parts }),
    attester: (measurements) => intelAttester(measurements, quote),
  };
}

function anchorOf(name: string, { root }: IntelChain): TrustAnchor {
  return { name, vendor: "intel", sha256: root.sha256, simulated: true };
}

function intelAttester(measurements: IntelMeasurements, quote: MockIntel["quote"]): Attester {
  return {
    evidence: async (reportData) => ({ tee: measurements.tee, quote: quote(measurements, reportData) }),
  };
}
