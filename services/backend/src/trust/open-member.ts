// How a backend of its own comes to keys and to a certificate of the mesh, which may be its verdict.
import {
  brokerIdentities,
  type OpenedIdentity,
  type OpenIdentityParts,
  openIdentity,
  provingParts,
} from "@sealserve/client/identities";
import { enterMesh, type MeshMembership, meshFromFiles } from "@sealserve/client/proving";
import type { IdentitySetting, Logger, MeshSetting } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";

export interface OpenMemberParts extends OpenIdentityParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenedMember extends OpenedIdentity {
  /** Null: plaintext inside the mesh. */
  readonly mesh: MeshMembership | null;
}

/**
 * As `openIdentity`, for a backend of its own. With a mesh by the key broker its certificate is the verdict. Throws `SessionError`
 * `certificate-unavailable` too, where files are no mesh certificate.
 */
export async function openMember(
  { identity, mesh }: { readonly identity: IdentitySetting; readonly mesh: MeshSetting },
  parts: OpenMemberParts,
): Promise<OpenedMember> {
  if (mesh !== "key-broker") {
    const opened = await openIdentity(identity, parts);
    return { ...opened, mesh: mesh && (await meshFromFiles(mesh, parts)) };
  }
  if (identity === null || !("keyBroker" in identity)) throw new RangeError("the mesh wants identity.keyBroker");
  const proving = await provingParts(identity.keyBroker, parts);
  const { broker, attester } = proving;
  const { tenant, process } = identity.keyBroker;
  const member = await enterMesh(
    { role: "backend", tenant, process },
    { ...proving, clock: parts.clock },
    parts.stopping,
  );
  const { start, tee, key } = member;
  const identitiesFor = brokerIdentities({ tee, tenant }, { broker, attester, key });
  return { identitiesFor, attesting: { attester, start }, mesh: member.mesh };
}
