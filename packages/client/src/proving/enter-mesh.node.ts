// A process proves itself by asking for a mesh certificate: the certificate is the verdict, and it is renewed for as long as the process lives.
import { reasonOf } from "@sealserve/primitives";
import type { MeshRole } from "@sealserve/protocols/key-broker";
import { type MeshCredentials, type MeshIdentity, meshIdentity, meshNameOf } from "@sealserve/session/node";
import type { MeshMembership } from "./mesh-membership.node.ts";
import { type OpenSession, type Proven, type ProvingParts, proveBySession } from "./prove-by-session.node.ts";

export interface EnterMeshOptions {
  readonly role: MeshRole;
  readonly tenant: string;
  /** The policy that judges the process, by its model's name. */
  readonly process: string;
}

export interface EnterMeshParts extends ProvingParts {
  readonly clock: {
    epoch(): number;
    setTimer(delay: number, callback: () => void): { cancel(): void };
  };
}

export interface MeshProcess extends Proven {
  readonly mesh: MeshMembership;
}

/**
 * Where nobody can judge yet it asks for as long as that lasts: whoever started the process anew could do no better. Throws `TrustStartError`,
 * what the attester throws, or the signal's reason; then nothing may listen. `signal` ends renewals too.
 */
export async function enterMesh(
  { role, tenant, process }: EnterMeshOptions,
  parts: EnterMeshParts,
  signal: AbortSignal,
): Promise<MeshProcess> {
  const { clock, logger } = parts;
  const told: ((credentials: MeshCredentials) => void)[] = [];
  const join = (open: OpenSession): Promise<MeshIdentity> =>
    meshIdentity({
      obtain: (key) => open(key).certificate(role, signal),
      clock,
      onRenewed(credentials) {
        logger.info("the mesh certificate was renewed", { notAfter: credentials.notAfter.toISOString() });
        for (const act of told) act(credentials);
      },
      onProblem: (error) => logger.warn("the mesh certificate could not be renewed", { reason: reasonOf(error) }),
    });
  const joined: MeshIdentity[] = [];
  const proven = await proveBySession(
    { scope: { tenant, model: process }, attempts: Number.POSITIVE_INFINITY },
    parts,
    async (open) => {
      joined.push(await join(open));
    },
    signal,
  );
  const [identity] = joined;
  if (!identity) throw new RangeError("a process was accepted without a certificate");
  return { ...proven, mesh: membership(identity, (act) => told.push(act)) };
}

function membership(
  identity: MeshIdentity,
  onRenewed: (act: (credentials: MeshCredentials) => void) => void,
): MeshMembership {
  const name = meshNameOf(identity.current.certificate);
  if (name === null) throw new RangeError("the mesh certificate names no process of a mesh");
  const { trustDomain, tenant } = name;
  return {
    get current() {
      return identity.current;
    },
    trustDomain,
    tenant,
    onRenewed,
    [Symbol.dispose]: () => identity[Symbol.dispose](),
  };
}
