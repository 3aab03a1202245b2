// The key broker of `dev`, with one tenant and one key, and a policy that accepts this program on this simulated hardware.
import { cachedSource, type ReferenceValue } from "@sealserve/attestation";
import { type KeyBroker, keyBrokerConfig, startKeyBroker } from "@sealserve/key-broker";
import type { MockHardware } from "@sealserve/mock-tee";
import { adminRoutes } from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { askBroker } from "../broker-connection.ts";
import type { DevConfig } from "./dev-config.ts";
import type { DevState } from "./dev-state.ts";

export const devTenant = "dev";
/** The policy that judges the process itself. */
export const devProcess = "server";
const keyName = "models";
const actor = "sealserve dev";

export interface DevBroker {
  readonly urls: Readonly<Record<string, string>>;
  /** Where attesting processes ask. */
  readonly url: URL;
  /** What models are sealed to. */
  readonly recipient: string;
  /** The policy of a model that has none yet: whoever may be the server may open it. */
  allow(model: string): Promise<void>;
}

export interface DevBrokerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly state: DevState;
  readonly stack: AsyncDisposableStack;
  readonly hardware: MockHardware & { readonly reference: ReferenceValue };
}

export async function startDevBroker(config: DevConfig, parts: DevBrokerParts): Promise<DevBroker> {
  const { clock, logger, state, stack, hardware } = parts;
  const { anchor, source } = hardware.authority;
  // Made anew at each question, it would fill the audit log.
  const collateral = cachedSource(source, {}, { clock: { now: () => new Date(clock.epoch()) } });
  const options = { clock, logger, anchors: [anchor], collateral };
  const broker = stack.use(await startKeyBroker(brokerConfig(config, state), options));
  const { administration, urls } = broker;
  const admin = urlOf(broker, "admin");
  const ask = askBroker({ broker: admin, adminKey: state.path("admin.key") });
  if (!(await ask(adminRoutes.listTenants, {})).some((tenant) => tenant === devTenant)) {
    await administration.createTenant(actor, devTenant);
    await administration.createKey(actor, devTenant, keyName, "x25519");
  }
  const keys = (await ask(adminRoutes.listKeys, { tenant: devTenant })).filter(({ name }) => name === keyName);
  const policyOf = (model: string) => devPolicy(`dev: ${model}`, anchor.sha256);
  const allow = async (model: string): Promise<void> => {
    const models = await ask(adminRoutes.listModels, { tenant: devTenant });
    if (models.some((known) => known.model === model)) return;
    await administration.setPolicy(actor, devTenant, model, policyOf(model));
    await administration.setReference(actor, devTenant, model, hardware.reference);
  };
  // Another version of this program is measured otherwise, and other simulated hardware has another root.
  await administration.setPolicy(actor, devTenant, devProcess, policyOf(devProcess));
  await administration.setReference(actor, devTenant, devProcess, hardware.reference);
  return {
    urls: {
      keyBroker: urlOf(broker, "broker"),
      "keyBroker.admin": admin,
      "keyBroker.operations": urls.operations ?? "",
    },
    url: new URL(urlOf(broker, "broker")),
    recipient: keys.findLast(({ enabled }) => enabled)?.recipient ?? "",
    allow,
  };
}

function brokerConfig({ keyBroker }: DevConfig, state: DevState) {
  return keyBrokerConfig.parse({
    listen: { port: keyBroker.listen },
    admin: {
      listen: { port: keyBroker.admin },
      administrators: [
        { name: "dev", publicKey: state.path("admin.pub"), roles: ["key-admin", "policy-admin", "auditor"] },
      ],
    },
    operations: { port: keyBroker.operations },
    database: state.path("broker.sqlite"),
    auditWitness: state.path("audit-witness"),
    rootKey: { file: state.path("root.key") },
    trustDomain: "dev.sealserve.invalid",
  });
}

/** Names the simulated root: nothing else would accept it. */
function devPolicy(name: string, root: string): object {
  return {
    appraisal: { name, references: [], tcbStatuses: ["UpToDate"], hardwareIds: null, simulatedRoots: [root] },
    keys: [keyName],
    roles: ["backend"],
  };
}

function urlOf({ urls }: KeyBroker, name: keyof KeyBroker["urls"]): string {
  const url = urls[name];
  if (url === null) throw new RangeError(`dev needs its key broker's listener '${name}': give it a port, or 0`);
  return url;
}
