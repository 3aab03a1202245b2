// The backends of a frontend's process: found where the configuration says, linked with the mesh's certificates.
import type { MeshMembership } from "@sealserve/client/proving";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { meshLinks } from "./backends/mesh-link.ts";
import { parseBackendAddress } from "./discovery/backend-address.ts";
import { discoverBackends } from "./discovery/discover-backends.ts";
import { nameResolver } from "./discovery/name-resolver.ts";
import type { FrontendProcessConfig } from "./process-config.ts";
import { type BackendPool, openBackendPool } from "./routing/backend-pool.ts";
import type { DesiredStates } from "./state/index.ts";

export interface OpenBackendsParts {
  /** Null: plaintext. */
  readonly mesh: MeshMembership | null;
  readonly desired: DesiredStates;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds that a name server has for its answer. */
const lookupTimeout = 2_000;

/** Begins to watch at once. */
export function openBackends(
  { backends }: Pick<FrontendProcessConfig, "backends">,
  { mesh, desired, clock, logger }: OpenBackendsParts,
): BackendPool {
  const addresses = backends.addresses.flatMap((text) => parseBackendAddress(text) ?? []);
  const random = Math.random;
  const discovery = discoverBackends(
    addresses,
    { interval: backends.lookupInterval, timeout: lookupTimeout, keep: backends.lookupKeep },
    { resolver: nameResolver({ servers: backends.nameServers, timeout: lookupTimeout }), clock, random, logger },
  );
  // Another tenant of the broker may have certificates of this mesh in any role: its processes are strangers.
  const peer = mesh && `spiffe://${mesh.trustDomain}/backend/${mesh.tenant === null ? "" : `${mesh.tenant}/`}`;
  const { maxConnections, connectTimeout } = backends;
  const openLink = meshLinks(
    { maxConnections, connectTimeout },
    { mesh: mesh && peer !== null ? () => ({ ...mesh.current, peer }) : null, epoch: () => clock.epoch() },
  );
  return openBackendPool(backends, { openLink, discovery, desired, clock, random, logger });
}
