// The start of a process in a TEE whose key file is a resource of a broker that knows no models, such as Trustee's KBS.
import type { Identity } from "@sealserve/sealing";
import { releasedIdentities } from "../sealed/identities.ts";
import { type EnterTeeParts, proveBySession, type TrustedProcess } from "./prove-by-session.ts";

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
  parts: EnterTeeParts,
  signal: AbortSignal,
): Promise<TrustedProcess> {
  const [repository = "", type = "", tag = ""] = resource.split("/");
  let identities: readonly Identity[] = [];
  const { start } = await proveBySession(
    { scope: { tenant: repository, model: type, extraParams: "" }, attempts },
    parts,
    async (session, until) => {
      identities = releasedIdentities(await session.resource(tag, until));
    },
    signal,
  );
  return { start, identitiesFor: () => identities };
}
