// Where the broker's own process gets collateral from, by its configuration.
import {
  byVendor,
  type CollateralSource,
  cachedSource,
  type Fetch,
  kdsSource,
  pccsSource,
  pcsSource,
} from "@sealserve/attestation";
import { folderSource } from "@sealserve/attestation/collateral-folder";
import type { Clock } from "@sealserve/serving";
import type { KeyBrokerProcessConfig } from "../config.ts";

export interface CollateralOfParts {
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** For the PCCS alone, which may have authorities of its own. */
  readonly fetchPccs: Fetch;
}

export function collateralOf(
  { pccs, kds, folder, refreshAfter }: KeyBrokerProcessConfig["collateral"],
  { clock, fetch, fetchPccs }: CollateralOfParts,
): CollateralSource {
  const cached = (source: CollateralSource) =>
    cachedSource(source, { refreshAfter }, { clock: { now: () => new Date(clock.epoch()) } });
  if (folder !== null) return cached(folderSource({ folder }));
  const intel = pccs === null ? pcsSource({}, { fetch }) : pccsSource({ baseUrl: pccs }, { fetch: fetchPccs });
  return cached(byVendor({ intel, amd: kdsSource(kds === null ? {} : { baseUrl: kds }, { fetch }) }));
}
