// The start of a process in a TEE as far as its listeners: it proves itself, and has then somebody to ask for keys.
import { type ProvingParts, proveBySession } from "../proving/prove-by-session.node.ts";
import { brokerIdentities } from "./identities-for.node.ts";
import type { TrustedProcess } from "./trusted-process.node.ts";

export interface EnterTeeOptions {
  readonly tenant: string;
  /** The policy that judges the process itself, by its model's name. */
  readonly process: string;
  /** How often it asks to be judged, where nobody can judge yet. */
  readonly attempts: number;
}

/** Throws `TrustStartError`, what the attester throws, or the signal's reason; then nothing may listen. */
export async function enterTee(
  { tenant, process, attempts }: EnterTeeOptions,
  parts: ProvingParts,
  signal: AbortSignal,
): Promise<TrustedProcess> {
  const { start, tee, key } = await proveBySession(
    { scope: { tenant, model: process }, attempts },
    parts,
    (open, until) => open().attest(until),
    signal,
  );
  const { broker, attester } = parts;
  return { start, identitiesFor: brokerIdentities({ tee, tenant }, { broker, attester, key }) };
}
