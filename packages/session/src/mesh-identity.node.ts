// A process's certificate in the mesh, renewed before it ends.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { reasonOf } from "@sealserve/primitives";
import { createMeshKey, type MeshKey } from "./mesh-key.ts";
import { type MeshName, meshNameOf } from "./mesh-name.node.ts";
import { meshRootsOf } from "./mesh-roots.node.ts";
import { SessionError } from "./session-error.ts";

export interface MeshCredentials {
  /** PEM: the certificate, then what leads to its root. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** PEM of the mesh's roots. */
  readonly roots: string;
  readonly notAfter: Date;
}

export interface MeshIdentityParts {
  /** A certificate over `key` from the key broker, which wants evidence that names it. */
  obtain(key: MeshKey): Promise<{ readonly certificate: string; readonly roots: string }>;
  readonly clock: {
    epoch(): number;
    setTimer(delay: number, callback: () => void): { cancel(): void };
  };
  /** Told of each renewal: hand it to the listeners. What it throws is told as a problem; the credentials hold nevertheless. */
  onRenewed(credentials: MeshCredentials): void;
  /** Told of each renewal that failed; it is tried again. */
  onProblem(error: unknown): void;
}

/** Disposing stops the renewals. */
export interface MeshIdentity extends Disposable {
  readonly current: MeshCredentials;
}

/** Share of the time that is left after which a new certificate is asked for: enough remains for a broker that is away for a while. */
const renewAfter = 2 / 3;
/** Milliseconds from a failed renewal to the next one: a tenth of what is left, within these. */
const [shortestWait, longestWait] = [1_000, 60_000];

/** Obtains the first certificate. Throws `certificate-unavailable`. Each renewal has a key of its own. */
export async function meshIdentity(parts: MeshIdentityParts): Promise<MeshIdentity> {
  const { clock, onRenewed, onProblem } = parts;
  let current = await obtain(parts, null);
  let stopped = false;
  let timer = clock.setTimer(delayTo(current), renew);

  function delayTo({ notAfter }: MeshCredentials): number {
    return Math.max(shortestWait, (notAfter.getTime() - clock.epoch()) * renewAfter);
  }

  function renew(): void {
    obtain(parts, current).then(
      (credentials) => {
        if (stopped) return;
        current = credentials;
        timer = clock.setTimer(delayTo(credentials), renew);
        tell(credentials);
      },
      (error) => {
        if (stopped) return;
        const left = current.notAfter.getTime() - clock.epoch();
        timer = clock.setTimer(Math.min(longestWait, Math.max(shortestWait, left / 10)), renew);
        onProblem(error);
      },
    );
  }

  function tell(credentials: MeshCredentials): void {
    try {
      onRenewed(credentials);
    } catch (error) {
      onProblem(error);
    }
  }

  return {
    get current() {
      return current;
    },
    [Symbol.dispose]() {
      stopped = true;
      timer.cancel();
    },
  };
}

/** `before`: what the certificate takes the place of. */
async function obtain(
  parts: Pick<MeshIdentityParts, "obtain" | "clock">,
  before: MeshCredentials | null,
): Promise<MeshCredentials> {
  try {
    const key = await createMeshKey();
    const { certificate, roots } = await parts.obtain(key);
    const leaf = new X509Certificate(certificate);
    const { privateKey } = key;
    if (!leaf.checkPrivateKey(createPrivateKey(privateKey))) throw new Error("the certificate is of another key");
    checkName(certificate, before);
    checkTimes(leaf, parts.clock.epoch());
    meshRootsOf(roots);
    return { certificate, privateKey, roots, notAfter: leaf.validToDate };
  } catch (error) {
    throw new SessionError("certificate-unavailable", { reason: reasonOf(error) }, error);
  }
}

/** Who a process is, and to whom it may talk, is settled when it starts: a renewal makes it nobody else. */
function checkName(certificate: string, before: MeshCredentials | null): void {
  const name = meshNameOf(certificate);
  if (!name) throw new Error("the certificate names no process of a mesh");
  const old = before && meshNameOf(before.certificate);
  const told = ({ trustDomain, role, tenant }: MeshName) => `spiffe://${trustDomain}/${role}/${tenant}`;
  if (old && told(name) !== told(old)) throw new Error(`the certificate is for ${told(name)}, not for ${told(old)}`);
}

/** Whoever cannot tell when its own certificate holds cannot tell it of its peers' either. */
function checkTimes({ validFromDate, validToDate }: X509Certificate, now: number): void {
  const compare = "compare the clocks of this machine and of the key broker";
  if (validToDate.getTime() <= now) throw new Error(`the certificate has ended already: ${compare}`);
  if (validFromDate.getTime() > now) throw new Error(`the certificate is not valid yet: ${compare}`);
}
