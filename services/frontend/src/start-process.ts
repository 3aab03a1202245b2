// The frontend as a process of its own, on one page: verdict → desired state → backends → listeners, and the same backwards.
import type { Collateral, Evidence } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { ProcessStage } from "@sealserve/client/proving";
import {
  aborted,
  type ConfigSources,
  certificateMetric,
  Draining,
  exposition,
  type Listeners,
  type Logger,
  openOperations,
  processStart,
  type Start,
} from "@sealserve/server";
import { type Clock, StatisticsRegistry } from "@sealserve/serving";
import { type AttestingParts, attestingFrontend } from "./attesting.ts";
import { backendNodes } from "./backend-nodes.ts";
import { meshFetcher } from "./backends/mesh-fetcher.ts";
import { countedService } from "./counted-service.ts";
import { startFrontend } from "./frontend.ts";
import { joinMesh } from "./join-mesh.ts";
import { managedModels } from "./managed-models.ts";
import { backendMetrics } from "./metrics/backend-metrics.ts";
import { GatheredModelMetrics } from "./metrics/gathered-model-metrics.ts";
import { namedOnly } from "./named-only.ts";
import { openBackends } from "./open-backends.ts";
import { openState } from "./open-state.ts";
import { ownMesh } from "./own-mesh.ts";
import { type FrontendProcessConfig, frontendProcessConfig } from "./process-config.ts";
import type { BackendPool } from "./routing/backend-pool.ts";
import { backendRouter } from "./routing/backend-router.ts";
import { servedModels } from "./served-models.ts";

export interface FrontendStartParts {
  readonly clock: Clock;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
  /** What makes evidence; asked only where evidence is wanted. Throws where the process must not start. */
  readonly hardware: () => Promise<Attester>;
  /** Collateral to send along with evidence; null where there is none at hand. */
  readonly collateral?: (evidence: Evidence) => Promise<Collateral | null>;
  /** The program's version. */
  readonly version: string;
}

/** Time beyond draining in which backends and the database are let go of. */
const releaseTime = 10_000;

/** Configuration → frontend → ready line. */
export function frontendStart(sources: ConfigSources, { process, ...parts }: FrontendStartParts): Start {
  return processStart(
    {
      ...{ schema: frontendProcessConfig, sources },
      stopLimit: ({ drainDelay, drainTimeout }) => drainDelay + drainTimeout + releaseTime,
    },
    { process, begin: (config, starting) => startFrontendProcess(config, { ...parts, ...starting }) },
  );
}

export interface FrontendProcessParts extends Omit<FrontendStartParts, "process"> {
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
}

/** What the ready line says. */
export interface FrontendReady {
  readonly listeners: Listeners["urls"];
  /** The stages of a process that attests, in their order; empty for others. */
  readonly start: readonly ProcessStage[];
}

/**
 * Nothing listens before the verdict: then health and metrics do, and clients' listeners once the desired state is known. All say that they are not
 * ready until a backend is; the ready line waits for that. Null where the process was stopped before. Throws `TrustStartError`, `AttesterError`,
 * `SessionError`, `DatabaseError`, `ListenerError`.
 */
export async function startFrontendProcess(
  config: FrontendProcessConfig,
  parts: FrontendProcessParts,
): Promise<FrontendReady | null> {
  const { clock, logger, stack, stopping, version, collateral } = parts;
  const { mesh, attesting } = await joinMesh(config, parts);
  if (mesh) stack.use(mesh);
  const drain = new Draining({ clock });
  let notReady = "it starts";
  let watched: BackendPool | null = null;
  let opened: Listeners | null = null;
  const ready = () => !drain.begun && watched?.ready() === true;
  const ofBackends = backendMetrics(() => watched?.views() ?? []);
  const operations = stack.use(
    await openOperations("frontend.operations", config.operations, {
      ready,
      reason: () => (drain.begun ? "it drains" : notReady),
      metrics: async () => (await ofBackends()) + exposition([certificateMetric(opened?.certificateEnds() ?? {})]),
      ...{ clock, logger },
    }),
  );
  const onAway = (reason: string): void => {
    notReady = `the desired state is not known: ${reason}`;
  };
  const desired = stack.use(await openState(config, { clock, logger, stopping, onAway }));
  const pool = stack.use(openBackends(config, { mesh, desired, clock, logger: logger.child("routing") }));
  notReady = "no backend is ready";
  watched = pool;
  // Evidence on a connection names what was loaded then: whoever goes on must ask again.
  const models = stack.use(servedModels(pool, { onModelSetChanged: () => opened?.endBound() }));
  const namesMesh = attesting && mesh && ownMesh(mesh, { onChanged: () => opened?.endBound() });
  const statistics = new StatisticsRegistry({ clock });
  const router = backendRouter({ pool, clock, random: Math.random });
  const named = { named: models.named, onUnnamed: () => pool.hurry() };
  const service = countedService(attesting ? namedOnly(router, named) : router, {
    statistics,
    find: models.find,
  });
  const nodes = backendNodes(() => pool.views());
  const routable = () => pool.all().flatMap((backend) => (backend.routable ? backend.link : []));
  const fetcher = meshFetcher({ backends: routable, desired });
  const modelMetrics = new GatheredModelMetrics(
    { timeout: config.backends.reportTimeout },
    { backends: () => pool.all().map(({ link }) => link), clock, logger: logger.child("metrics") },
  );
  const evidence: AttestingParts | null = attesting && { ...attesting, ...(collateral ? { collateral } : {}) };
  const listeners = stack.use(
    await startFrontend(withTls(config, attesting !== null), {
      ...{ service, ready, drain, version, clock },
      statistics: (model) => statistics.snapshots(model),
      served: models.served,
      knows: (model, version) => models.find(model, version) !== null,
      enginesElsewhere: true,
      modelMetricsElsewhere: () => modelMetrics.read(),
      logger: logger.child("frontend"),
      ...(config.state === null
        ? {}
        : { changes: managedModels({ store: desired, nodes, clock, fetcher, workflowFetcher: fetcher }) }),
      ...(evidence ? await attestingFrontend(config, { ...evidence, clock }, { ...models, ...namesMesh }) : {}),
    }),
  );
  opened = listeners;
  stack.defer(() => drain.begin(config.drainDelay));
  await Promise.race([firstReady(pool), aborted(stopping)]);
  if (stopping.aborted) return null;
  attesting?.start.on("settled");
  logger.info("ready", { listeners: listeners.urls });
  return { listeners: { ...listeners.urls, ...operations.urls }, start: attesting?.start.passed ?? [] };
}

/** In a TEE there is no plaintext: without a certificate of its own, the process makes one that its evidence names. */
function withTls(config: FrontendProcessConfig, attests: boolean): FrontendProcessConfig {
  return attests && config.tls === null ? { ...config, tls: "self-signed" } : config;
}

function firstReady(pool: BackendPool): Promise<void> {
  if (pool.ready()) return Promise.resolve();
  return new Promise((resolve) => {
    const watching = pool.onChange(() => {
      if (!pool.ready()) return;
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
