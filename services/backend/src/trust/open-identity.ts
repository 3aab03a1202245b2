// Who opens sealed models: a key file, a passphrase, or, in a TEE, whom a key broker has accepted; and where the mesh wants it, a certificate.
import type { Attester } from "@sealserve/attestation/attester";
import { connectKeyBroker } from "@sealserve/client";
import {
  brokerFetch,
  enterMesh,
  type MeshMembership,
  meshFromFiles,
  type ProcessStart,
  pauseBy,
} from "@sealserve/client/proving";
import type { Logger, MeshSetting } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { brokerIdentities, keyFileIdentities, passphraseIdentities } from "../sealed/identities.ts";
import type { IdentitySetting } from "../sealed/identity-setting.ts";
import type { IdentitiesFor } from "../sealed/sealed-opener.ts";
import { enterTee } from "./enter-tee.ts";
import { enterTeeByResource } from "./enter-tee-by-resource.ts";

export interface OpenIdentityParts {
  readonly clock: Clock;
  readonly logger: Logger;
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

/** Throws `TrustStartError`, `AttesterError`, `SealingError`. */
export async function openIdentity(setting: IdentitySetting, parts: OpenIdentityParts): Promise<OpenedIdentity> {
  if (setting === null) return {};
  if ("keyFile" in setting) return { identitiesFor: keyFileIdentities(setting.keyFile) };
  if ("passphraseFile" in setting) return { identitiesFor: passphraseIdentities(setting.passphraseFile) };
  const { stopping } = parts;
  const proving = await provingParts("kbs" in setting ? setting.kbs : setting.keyBroker, parts);
  const { attester } = proving;
  const { identitiesFor, start } = await ("kbs" in setting
    ? enterTeeByResource({ resource: setting.kbs.resource, attempts }, proving, stopping)
    : enterTee({ ...scopeOf(setting.keyBroker), attempts }, proving, stopping));
  return { identitiesFor, attesting: { attester, start } };
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
  parts: OpenIdentityParts,
): Promise<OpenedMember> {
  if (mesh !== "key-broker") {
    const opened = await openIdentity(identity, parts);
    return { ...opened, mesh: mesh && (await meshFromFiles(mesh, parts)) };
  }
  if (identity === null || !("keyBroker" in identity)) throw new RangeError("the mesh wants identity.keyBroker");
  const proving = await provingParts(identity.keyBroker, parts);
  const { broker, attester } = proving;
  const scope = scopeOf(identity.keyBroker);
  const member = await enterMesh(
    { role: "backend", ...scope, attempts },
    { ...proving, clock: parts.clock },
    parts.stopping,
  );
  const { start, tee, key } = member;
  const identitiesFor = brokerIdentities({ tee, tenant: scope.tenant }, { broker, attester, key });
  return { identitiesFor, attesting: { attester, start }, mesh: member.mesh };
}

function scopeOf({ tenant, process }: { readonly tenant: string; readonly process: string }) {
  return { tenant, process };
}

async function provingParts(
  reached: { readonly url: string; readonly ca: string | null },
  { clock, logger, hardware }: OpenIdentityParts,
) {
  const attester = await hardware();
  const broker = connectKeyBroker(new URL(reached.url), { fetch: brokerFetch(reached) });
  return { broker, attester, pause: pauseBy(clock), logger };
}
