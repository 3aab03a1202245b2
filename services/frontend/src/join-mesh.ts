// A frontend becomes a member of the mesh before it listens: by the key broker, which is its verdict, or by files.
import type { Attester } from "@sealserve/attestation/attester";
import { connectKeyBroker } from "@sealserve/client";
import { brokerFetch, enterMesh, type MeshMembership, meshFromFiles } from "@sealserve/client/proving";
import { pauseBy } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { AttestingParts } from "./attesting.ts";
import type { FrontendProcessConfig } from "./process-config.ts";

export interface JoinMeshParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** What makes evidence; asked only where evidence is wanted. Throws where the process must not start. */
  readonly hardware: () => Promise<Attester>;
}

export interface Joined {
  /** Null: plaintext inside the mesh. */
  readonly mesh: MeshMembership | null;
  /** Only of a process that somebody has accepted. */
  readonly attesting: AttestingParts | null;
}

/** Throws `TrustStartError`, `AttesterError`, and `SessionError` where files are no mesh certificate; then nothing may listen. */
export async function joinMesh(
  { identity, mesh }: Pick<FrontendProcessConfig, "identity" | "mesh">,
  { clock, logger, stopping, hardware }: JoinMeshParts,
): Promise<Joined> {
  if (mesh === null) return { mesh, attesting: null };
  if (mesh !== "key-broker") return { mesh: await meshFromFiles(mesh, { clock, logger }), attesting: null };
  if (identity === null) throw new RangeError("the mesh wants identity.keyBroker");
  const { tenant, process } = identity.keyBroker;
  const attester = await hardware();
  const broker = connectKeyBroker(new URL(identity.keyBroker.url), { fetch: brokerFetch(identity.keyBroker) });
  const parts = { broker, attester, pause: pauseBy(clock), logger, clock };
  const member = await enterMesh({ role: "frontend", tenant, process }, parts, stopping);
  return { mesh: member.mesh, attesting: { attester, start: member.start } };
}
