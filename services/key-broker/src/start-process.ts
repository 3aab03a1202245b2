// The key broker as a process of its own: configuration → broker → ready line.
import { amdRoots, type CollateralSource, intelRoot, type TrustAnchor } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { type ConfigSources, processStart, type Start } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { collateralOf } from "./attestations/collateral-of.ts";
import { pccsFetch } from "./attestations/pccs-fetch.ts";
import { BrokerStartError } from "./broker-start-error.ts";
import { keyBrokerProcessConfig } from "./config.ts";
import { type KeyBroker, startKeyBroker } from "./key-broker.ts";

export interface KeyBrokerStartParts {
  readonly clock: Clock;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
  /** Names of what the host of a TEE set around this process and may not. Left out: nobody looks. */
  readonly hostile?: () => Promise<readonly string[]>;
  /** What makes evidence of the broker itself; null outside a TEE. Left out: nobody looks. */
  readonly hardware?: () => Promise<Attester | null>;
  /** Hardware that is simulated, for trials; its root is accepted where a policy names it. Left out: there is none. */
  readonly simulated?: SimulatedHardware;
}

export interface SimulatedHardware {
  readonly anchor: TrustAnchor;
  /** Takes the place of the configured source. */
  readonly collateral: CollateralSource;
  /** Of mesh certificates, in milliseconds; takes the place of the configured one. */
  readonly meshLifetime?: number;
  /** Called before the broker says that it is ready; what it returns is added to that line. */
  prepare(broker: KeyBroker): Promise<object>;
}

/** Time beyond the listeners' drain limit in which the database is closed. */
const stopLimit = 45_000;

/** Throws `BrokerStartError`, `AttesterError`, `ConfigError`, `ListenerError`. */
export function keyBrokerStart(
  sources: ConfigSources,
  { clock, process, hostile, hardware, simulated }: KeyBrokerStartParts,
): Start {
  const start = processStart(
    { schema: keyBrokerProcessConfig, sources, stopLimit: () => stopLimit },
    {
      process,
      async begin(config, { logger, stack, stopping }) {
        const { meshLifetime } = simulated ?? {};
        const { ca } = config.collateral;
        const fetchPccs = ca === null ? fetch : stack.use(await pccsFetch(ca, { clock, logger })).fetch;
        const attester = (await hardware?.()) ?? null;
        const broker = stack.use(
          await startKeyBroker(config, {
            ...{ clock, logger, stopping, ...(attester ? { attester } : {}) },
            anchors: [intelRoot, ...amdRoots, ...(simulated ? [simulated.anchor] : [])],
            collateral: simulated?.collateral ?? collateralOf(config.collateral, { clock, fetch, fetchPccs }),
            ...(meshLifetime === undefined ? {} : { meshLifetime }),
          }),
        );
        const { urls: listeners, adminAudience } = broker;
        return { listeners, adminAudience, ...(await simulated?.prepare(broker)) };
      },
    },
  );
  return async (stack, stopping) => {
    // Before the configuration is read: with it come the root key and other secrets.
    const names = (await hostile?.()) ?? [];
    if (names.length > 0) throw new BrokerStartError("environment-refused", { names });
    return start(stack, stopping);
  };
}
