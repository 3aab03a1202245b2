// What a process shows of itself in the mesh, and by what it knows the others.
import type { MeshCredentials } from "@sealserve/session/node";

/** Disposing ends the renewals. */
export interface MeshMembership extends Disposable {
  /** To be asked anew for each connection. */
  readonly current: MeshCredentials;
  /** The mesh that its certificate is of; peers are of the same. */
  readonly trustDomain: string;
  /** The tenant that its certificate is of; peers are of the same. Null: the mesh knows no tenants. */
  readonly tenant: string | null;
  /** Calls `act` after each renewal: with what listeners are to show from then on. What it throws goes to the log. */
  onRenewed(act: (credentials: MeshCredentials) => void): void;
}
