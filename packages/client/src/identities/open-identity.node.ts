// Who opens sealed models: a key file, a passphrase, or, in a TEE, whom a key broker has accepted.
import type { Attester } from "@sealserve/attestation/attester";
import { pauseBy } from "@sealserve/primitives";
import { connectKeyBroker } from "../key-broker/connect-key-broker.ts";
import { brokerFetch, type ReachedBroker } from "../proving/broker-fetch.node.ts";
import type { ProvingParts } from "../proving/prove-by-session.node.ts";
import type { ProcessStart } from "../proving/prove-process.node.ts";
import type { StartLog } from "../proving/start-log.ts";
import { enterTee } from "./enter-tee.node.ts";
import { enterTeeByResource } from "./enter-tee-by-resource.node.ts";
import { type IdentitiesFor, keyFileIdentities, passphraseIdentities, type ReadSecret } from "./identities-for.node.ts";

/** Exactly one of them; null: nobody. */
export type IdentityOptions =
  | { readonly keyFile: ReadSecret }
  | { readonly passphraseFile: ReadSecret }
  | { readonly keyBroker: ReachedBroker & { readonly tenant: string; readonly process: string } }
  | { readonly kbs: ReachedBroker & { readonly resource: string } }
  | null;

export interface OpenIdentityParts {
  readonly clock: { setTimer(delay: number, callback: () => void): { cancel(): void } };
  readonly logger: StartLog;
  readonly stopping: AbortSignal;
  /** What makes evidence; asked only where evidence is wanted. Throws where the process must not start. */
  readonly hardware: () => Promise<Attester>;
}

export interface OpenedIdentity {
  readonly identitiesFor?: IdentitiesFor;
  /** Only of a process that somebody has accepted. */
  readonly attesting?: { readonly attester: Attester; readonly start: ProcessStart };
}

/** How often a process in a TEE asks for a verdict where nobody can judge it yet: about a minute in all. */
const attempts = 7;

/** Secrets of key files and passphrases are wiped. Throws `TrustStartError`, `AttesterError`, `SealingError`. */
export async function openIdentity(options: IdentityOptions, parts: OpenIdentityParts): Promise<OpenedIdentity> {
  if (options === null) return {};
  if ("keyFile" in options) return { identitiesFor: keyFileIdentities(options.keyFile) };
  if ("passphraseFile" in options) return { identitiesFor: passphraseIdentities(options.passphraseFile) };
  const { stopping } = parts;
  const proving = await provingParts("kbs" in options ? options.kbs : options.keyBroker, parts);
  const { attester } = proving;
  if ("kbs" in options) {
    const { resource } = options.kbs;
    const { identitiesFor, start } = await enterTeeByResource({ resource, attempts }, proving, stopping);
    return { identitiesFor, attesting: { attester, start } };
  }
  const { tenant, process } = options.keyBroker;
  const { identitiesFor, start } = await enterTee({ tenant, process, attempts }, proving, stopping);
  return { identitiesFor, attesting: { attester, start } };
}

/** What a process proves itself to `reached` with. Throws what `hardware` throws. */
export async function provingParts(
  reached: ReachedBroker,
  { clock, logger, hardware }: OpenIdentityParts,
): Promise<ProvingParts> {
  const attester = await hardware();
  const broker = connectKeyBroker(new URL(reached.url), { fetch: brokerFetch(reached) });
  return { broker, attester, pause: pauseBy(clock), logger };
}
