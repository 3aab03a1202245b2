// A backend and a frontend in one process: what `serve` and `dev` have in common.
import { resolve } from "node:path";
import {
  type Backend,
  type BackendParts,
  modelFetcher,
  type ProcessStage,
  type SealedModelStage,
  servedModel,
  startBackend,
} from "@sealserve/backend";
import type { IdentitiesFor } from "@sealserve/client/identities";
import {
  type AttestingParts,
  attestingFrontend,
  type DesiredStates,
  type EngineReport,
  type FrontendParts,
  managedModels,
  type ServedModel,
  startFrontend,
} from "@sealserve/frontend";
import type { DesiredState, ModelFetcher } from "@sealserve/inference";
import type { Listeners, Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { modelsOf, type ReadyModel } from "../ready-line.ts";
import type { ServeConfig } from "../serve-config.ts";
import { version } from "../version.ts";
import { follow, openState, thisProcess } from "./desired-here.ts";

export interface ServingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
  /** Variables that Python handlers may see, but for ours. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Who opens sealed models; left out: nobody. */
  readonly identitiesFor?: IdentitiesFor;
  /** Only of a process that somebody has accepted: every model is measured, and every listener gives evidence. */
  readonly attesting?: AttestingParts;
  /** Models that are loaded without a call, where the desired state is kept nowhere. */
  readonly desired?: DesiredState["models"];
  /** As in `BackendParts`. */
  readonly archiveDefaults?: BackendParts["archiveDefaults"];
  readonly onEngine?: BackendParts["onEngine"];
  /** As in `FrontendParts`. */
  readonly onExchange?: FrontendParts["onExchange"];
  readonly modelMetrics?: FrontendParts["modelMetrics"];
  readonly metricLog?: FrontendParts["metricLog"];
}

export interface Serving {
  readonly urls: Listeners["urls"];
  readonly models: readonly ReadyModel[];
  /** How far each sealed model has come; the start of a process that attests has come to its end. */
  readonly sealed: readonly SealedModelStage[];
  /** The stages of a process that attests, in their order; empty for others. */
  readonly start: readonly ProcessStage[];
  readonly live: LiveModels;
}

/** What is known of the models at any time. */
export interface LiveModels extends Pick<Backend, "settled" | "defaultVersion"> {
  readonly states: DesiredStates;
  /** Null where the version was never opened. */
  served(model: string, version: string): ServedModel | null;
}

/**
 * The listeners open before the models are loaded, so that a port in use fails the start at once; until then they say that they
 * are not ready. They close first: nobody is answered after the models go. Null where the process was stopped before it was ready.
 */
export async function startServing(config: ServeConfig, parts: ServingParts): Promise<Serving | null> {
  const { clock, environment, logger, stack, stopping, identitiesFor, attesting } = parts;
  const { archiveDefaults, onExchange, modelMetrics, metricLog } = parts;
  // The backend begins to load before the frontend can hear of it.
  const told: EngineReport[] = [];
  let tell = (report: EngineReport): void => void told.push(report);
  const onEngine: NonNullable<BackendParts["onEngine"]> = (event) => {
    parts.onEngine?.(event);
    tell(event);
  };
  let opened: Listeners | null = null;
  const store = stack.use(await openState(config, { clock, logger: logger.child("state") }));
  const { desired } = parts;
  if (desired) await store.change((models) => ({ ...desired, ...models }));
  const backend = stack.use(
    await startBackend(config, {
      clock,
      logger: logger.child("backend"),
      environment,
      desired: store.current,
      ...(identitiesFor ? { identitiesFor } : {}),
      ...(attesting && { measured: { modelCode: attesting.attester.modelCode ?? "any" } }),
      ...(archiveDefaults && { archiveDefaults }),
      onEngine,
      // Evidence on a connection names what was loaded then: whoever goes on must ask again.
      onModelSetChanged: () => opened?.endBound(),
    }),
  );
  stack.use(follow(store, backend, logger.child("state")));
  let ready = false;
  const frontend: FrontendParts = {
    service: backend.service,
    ready: () => ready,
    statistics: backend.statistics,
    served: (model, ofVersion) => servedModel(backend, model, ofVersion),
    knows: backend.knows,
    changes: managedModels({
      store,
      nodes: thisProcess(store, backend),
      clock,
      fetcher: fetcherOf(config, backend, clock),
      workflowFetcher: workflowFetcherOf(config, clock),
      modelStore: resolve(config.modelStore),
    }),
    version,
    clock,
    logger: logger.child("frontend"),
    ...(onExchange && { onExchange }),
    ...(modelMetrics && { modelMetrics }),
    ...(metricLog && { metricLog }),
    listenToEngines(listener) {
      for (const report of told.splice(0)) listener(report);
      tell = listener;
    },
    ...(attesting ? await attestingFrontend(config, { ...attesting, clock }, backend) : {}),
  };
  const listeners = stack.use(await startFrontend(config, frontend));
  opened = listeners;
  stack.defer(() => {
    ready = false;
  });
  await Promise.race([backend.settled(), aborted(stopping)]);
  if (stopping.aborted) return null;
  ready = true;
  attesting?.start.on("settled");
  logger.info("ready", { listeners: listeners.urls });
  const models = modelsOf(await backend.service.list());
  const { settled, defaultVersion } = backend;
  return {
    ...{ urls: listeners.urls, models, sealed: backend.sealedModels(), start: attesting?.start.passed ?? [] },
    live: { states: store, served: frontend.served, settled, defaultVersion },
  };
}

/** What is fetched for a call is loaded by that call, not because it lies there. */
function fetcherOf(config: ServeConfig, backend: Backend, clock: Clock): ModelFetcher {
  return modelFetcher(config, { epoch: () => clock.epoch(), onPlace: backend.hold });
}

function workflowFetcherOf(config: ServeConfig, clock: Clock): ModelFetcher {
  const { modelStore, workflowStore } = config;
  return modelFetcher({ ...config, modelStore: workflowStore ?? modelStore }, { epoch: () => clock.epoch() });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
