// The start of a process in a TEE whose key file is a resource of a broker that knows no models, such as Trustee's KBS.
import { reasonOf } from "@sealserve/primitives";
import { type Identity, isSealingError } from "@sealserve/sealing";
import { type ProvingParts, proveBySession } from "../proving/prove-by-session.node.ts";
import { TrustStartError } from "../proving/start-error.ts";
import { releasedIdentities } from "./identities-for.node.ts";
import type { TrustedProcess } from "./trusted-process.node.ts";

export interface EnterTeeByResourceOptions {
  /** REPOSITORY/TYPE/TAG: an age key file, given to whom the broker's policy accepts. */
  readonly resource: string;
  /** How often it asks, where nobody can judge yet. */
  readonly attempts: number;
}

/**
 * The release of the key is the verdict. The key opens every model that is sealed to it, until the process ends. Throws
 * `TrustStartError`, what the attester throws, or the signal's reason; then nothing may listen.
 */
export async function enterTeeByResource(
  { resource, attempts }: EnterTeeByResourceOptions,
  parts: ProvingParts,
  signal: AbortSignal,
): Promise<TrustedProcess> {
  const [repository = "", type = "", tag = ""] = resource.split("/");
  let identities: readonly Identity[] = [];
  const { start } = await proveBySession(
    { scope: { tenant: repository, model: type, extraParams: "" }, attempts },
    parts,
    async (open, until) => {
      identities = keysIn(await open().resource(tag, until));
    },
    signal,
  );
  return { start, identitiesFor: () => identities };
}

/** What was released, but is no key, is final. */
function keysIn(content: Uint8Array): readonly Identity[] {
  try {
    return releasedIdentities(content);
  } catch (error) {
    if (!isSealingError(error)) throw error;
    throw new TrustStartError("key-missing", { reason: reasonOf(error) }, error);
  }
}
