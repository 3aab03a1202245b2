// The key broker of `dev`, with one tenant and one key, and a policy that accepts this program on this simulated hardware.
import { cachedSource, type ReferenceValue } from "@sealserve/attestation";
import { keyBrokerConfig, startKeyBroker } from "@sealserve/key-broker";
import type { MockHardware } from "@sealserve/mock-tee";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { DevConfig } from "./dev-config.ts";
import type { DevState } from "./dev-state.ts";
import { brokerUrl, type DevTenant, prepareDevTenant } from "./dev-tenant.ts";

/** The policy that judges the process itself. */
export const devProcess = "server";

export interface DevBroker extends DevTenant {
  readonly urls: Readonly<Record<string, string>>;
  /** Where attesting processes ask. */
  readonly url: URL;
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
  const now = () => new Date(clock.epoch());
  const collateral = cachedSource(source, {}, { clock: { now } });
  const options = { clock, logger, anchors: [anchor], collateral };
  const broker = stack.use(await startKeyBroker(brokerConfig(config, state), options));
  const tenant = await prepareDevTenant(
    { [devProcess]: ["backend"] },
    { broker, state, anchor, reference: hardware.reference, now },
  );
  return {
    urls: {
      keyBroker: brokerUrl(broker, "broker"),
      "keyBroker.admin": brokerUrl(broker, "admin"),
      "keyBroker.operations": broker.urls.operations ?? "",
    },
    url: new URL(brokerUrl(broker, "broker")),
    ...tenant,
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
