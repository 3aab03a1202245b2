// Which mesh a frontend is of, as its evidence names it: whoever writes its configuration chooses its key broker, and that the mesh.
import type { MeshMembership } from "@sealserve/client/proving";
import { meshDigest } from "@sealserve/session/node";

export interface OwnMesh {
  /** 32 bytes of the roots that are trusted now, the trust domain and the tenant. */
  meshDigest(): Uint8Array;
}

/** `onChanged`: evidence names other roots from now on. Throws `RangeError` where the roots are no certificates. */
export function ownMesh(mesh: MeshMembership, { onChanged }: { readonly onChanged: () => void }): OwnMesh {
  const digestNow = () => meshDigest({ roots: mesh.current.roots, trustDomain: mesh.trustDomain, tenant: mesh.tenant });
  let digest = digestNow();
  mesh.onRenewed(() => {
    const now = digestNow();
    if (Buffer.compare(now, digest) === 0) return;
    digest = now;
    onChanged();
  });
  return { meshDigest: () => digest };
}
