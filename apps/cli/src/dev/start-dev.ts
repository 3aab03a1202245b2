// `dev` on one page: state → simulated hardware → key broker → verdict → backend and frontend.
import type { TeeKind } from "@sealserve/attestation";
import type { ProcessStage, SealedModelStage } from "@sealserve/backend";
import { connectKeyBroker } from "@sealserve/client";
import { enterTee, type IdentitiesFor } from "@sealserve/client/identities";
import { pauseBy } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import type { ReadyModel } from "../ready-line.ts";
import { startServing } from "../serving/start-serving.ts";
import type { DevConfig } from "./dev-config.ts";
import { type DevFiles, publishDevFiles } from "./dev-files.ts";
import { openDevState } from "./dev-state.ts";
import { devTenant } from "./dev-tenant.ts";
import { openSimulatedTee, type Simulation } from "./simulated-tee.ts";
import { type DevBroker, devProcess, startDevBroker } from "./start-dev-broker.ts";

export interface DevOptions {
  readonly tee: TeeKind;
  readonly simulate: Simulation | null;
  /** Null: a folder that goes away with the process. */
  readonly state: string | null;
}

export interface DevParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
  /** Variables that Python handlers may see, but for ours. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What the ready line of `dev` says beyond that of `serve`. */
export interface DevReady extends DevFiles {
  readonly listeners: Readonly<Record<string, string>>;
  readonly models: readonly ReadyModel[];
  /** How far each sealed model has come. */
  readonly sealed: readonly SealedModelStage[];
  /** The stages of the process itself, in their order. */
  readonly start: readonly ProcessStage[];
  readonly tenant: string;
  readonly recipient: string;
}

/** Null where it was stopped before it was ready. */
export async function startDev(config: DevConfig, options: DevOptions, parts: DevParts): Promise<DevReady | null> {
  const { clock, environment, logger, stack, stopping } = parts;
  const state = stack.use(await openDevState(options.state));
  const hardware = await openSimulatedTee(options, { state, now: () => new Date(clock.epoch()) });
  const { attester, authority, reference, collateral } = hardware;
  const broker = await startDevBroker(config, { ...parts, logger: logger.child("key-broker"), state, hardware });
  const published = await publishDevFiles(state, { anchor: authority.anchor, reference });
  const trusted = await enterTee(
    { tenant: devTenant, process: devProcess, attempts: 3 },
    { broker: connectKeyBroker(broker.url, { fetch }), attester, pause: pauseBy(clock), logger },
    stopping,
  );
  const serving = await startServing(
    { ...config, identity: null },
    {
      ...{ clock, environment, logger, stack, stopping },
      identitiesFor: allowing(trusted.identitiesFor, broker),
      attesting: { attester, collateral, start: trusted.start },
    },
  );
  if (!serving) return null;
  return {
    listeners: { ...serving.urls, ...broker.urls },
    models: serving.models,
    sealed: serving.sealed,
    start: serving.start,
    tenant: devTenant,
    recipient: broker.recipient,
    ...published,
  };
}

/** A model that nobody has made a policy for is allowed to whoever `dev` itself is. */
function allowing(identitiesFor: IdentitiesFor, broker: DevBroker): IdentitiesFor {
  return (model, signal) =>
    identitiesFor(model, signal).map((identity) => ({
      async unwrap(stanzas) {
        await broker.allow(model);
        return identity.unwrap(stanzas);
      },
    }));
}
