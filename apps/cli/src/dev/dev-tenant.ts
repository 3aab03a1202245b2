// The one tenant of a broker on simulated hardware: one key, and policies that accept this program on that hardware.
import type { ReferenceValue, TrustAnchor } from "@sealserve/attestation";
import type { KeyBroker } from "@sealserve/key-broker";
import { adminRoutes, type MeshRole } from "@sealserve/protocols/key-broker";
import { askBroker } from "../broker-connection.ts";
import type { DevState } from "./dev-state.ts";

export const devTenant = "dev";
const keyName = "models";
const actor = "sealserve dev";

export interface DevTenantParts {
  readonly broker: KeyBroker;
  readonly state: DevState;
  readonly anchor: TrustAnchor;
  readonly reference: ReferenceValue;
  /** By the broker's clock. */
  readonly now: () => Date;
}

export interface DevTenant {
  /** What models are sealed to. */
  readonly recipient: string;
  /** The policy of a model that has none yet: whoever may be the server may open it. */
  allow(model: string): Promise<void>;
}

/** `processes`: the policy that judges each process itself, by its name, and what it may be in the mesh. */
export async function prepareDevTenant(
  processes: Readonly<Record<string, readonly MeshRole[]>>,
  { broker, state, anchor, reference, now }: DevTenantParts,
): Promise<DevTenant> {
  const { administration } = broker;
  const ask = askBroker({ broker: brokerUrl(broker, "admin"), adminKey: state.path("admin.key") }, now);
  if (!(await ask(adminRoutes.listTenants, {})).some((tenant) => tenant === devTenant)) {
    await administration.createTenant(actor, devTenant);
    await administration.createKey(actor, devTenant, keyName, "x25519");
  }
  const keys = (await ask(adminRoutes.listKeys, { tenant: devTenant })).filter(({ name }) => name === keyName);
  const setPolicy = async (model: string, roles: readonly MeshRole[]): Promise<void> => {
    await administration.setPolicy(actor, devTenant, model, devPolicy(`dev: ${model}`, roles, anchor.sha256));
    await administration.setReference(actor, devTenant, model, reference);
  };
  // Another version of this program is measured otherwise, and other simulated hardware has another root.
  for (const [process, roles] of Object.entries(processes)) await setPolicy(process, roles);
  return {
    recipient: keys.findLast(({ enabled }) => enabled)?.recipient ?? "",
    async allow(model) {
      const models = await ask(adminRoutes.listModels, { tenant: devTenant });
      if (!models.some((known) => known.model === model)) await setPolicy(model, ["backend"]);
    },
  };
}

/** Names the simulated root: nothing else would accept it. */
function devPolicy(name: string, roles: readonly MeshRole[], root: string): object {
  return {
    appraisal: { name, references: [], tcbStatuses: ["UpToDate"], hardwareIds: null, simulatedRoots: [root] },
    keys: [keyName],
    roles,
  };
}

export function brokerUrl({ urls }: KeyBroker, name: keyof KeyBroker["urls"]): string {
  const url = urls[name];
  if (url === null) throw new RangeError(`dev needs its key broker's listener '${name}': give it a port, or 0`);
  return url;
}
