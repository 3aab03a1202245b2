// Who opens sealed models for `serve`: a key file, a passphrase, or, in a TEE, whom a key broker has accepted.
import { join } from "node:path";
import { detectAttester } from "@sealserve/attestation/attester";
import {
  type BackendConfig,
  enterTee,
  enterTeeByResource,
  keyFileIdentities,
  passphraseIdentities,
} from "@sealserve/backend";
import { connectKeyBroker } from "@sealserve/client";
import { hostileEnvironment, TrustStartError } from "@sealserve/client/proving";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { brokerFetch } from "./broker-fetch.ts";
import { pauseBy } from "./pause-by.ts";
import type { ServingParts } from "./start-serving.ts";

export interface OpenIdentityParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Of this process: its environment, and what Node was started with. */
  readonly process: Pick<NodeJS.Process, "env" | "execArgv">;
}

/** How often a process in a TEE asks for a verdict where nobody can judge it yet: about a minute in all. */
const attempts = 7;

/** Where `./sealserve` keeps compiled sources: beside the packages, as far from the host's hands as they are. */
const codeCache = join(import.meta.dirname, "../../../../node_modules/.cache/sealserve");

/** Throws `TrustStartError`, `AttesterError`, `SealingError`. */
export async function openIdentity(
  setting: BackendConfig["identity"],
  { clock, logger, stopping, process }: OpenIdentityParts,
): Promise<Pick<ServingParts, "identitiesFor" | "attesting">> {
  if (setting === null) return {};
  if ("keyFile" in setting) return { identitiesFor: keyFileIdentities(setting.keyFile) };
  if ("passphraseFile" in setting) return { identitiesFor: passphraseIdentities(setting.passphraseFile) };
  const names = hostileEnvironment(process.env, process.execArgv, { codeCache });
  if (names.length > 0) throw new TrustStartError("environment-refused", { names });
  const reached = "kbs" in setting ? setting.kbs : setting.keyBroker;
  const broker = connectKeyBroker(new URL(reached.url), { fetch: brokerFetch(reached) });
  const attester = await detectAttester();
  const parts = { broker, attester, pause: pauseBy(clock), logger };
  const trusted = await ("kbs" in setting
    ? enterTeeByResource({ resource: setting.kbs.resource, attempts }, parts, stopping)
    : enterTee({ tenant: setting.keyBroker.tenant, process: setting.keyBroker.process, attempts }, parts, stopping));
  return { identitiesFor: trusted.identitiesFor, attesting: { attester, start: trusted.start } };
}
