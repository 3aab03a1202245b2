// The backend as a process of its own, on one page: verdict → models → listeners, and the same backwards.
import { randomUUID } from "node:crypto";
import type { Attester } from "@sealserve/attestation/attester";
import type { ProcessStage } from "@sealserve/client/proving";
import type { ModelStatus } from "@sealserve/inference";
import {
  aborted,
  type ConfigSources,
  Draining,
  type Listeners,
  type Logger,
  ModelMetrics,
  openOperations,
  processStart,
  type Start,
} from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { startBackend } from "./backend.ts";
import { backendMetrics } from "./mesh/backend-metrics.ts";
import { openMeshListener } from "./mesh/mesh-listener.ts";
import { type BackendProcessConfig, backendProcessConfig } from "./process-config.ts";
import { openMember } from "./trust/open-member.ts";
import type { SealedModelStage } from "./trust/sealed-progress.ts";

export interface BackendProcessParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
  /** What makes evidence; asked only where evidence is wanted. Throws where the process must not start. */
  readonly hardware: () => Promise<Attester>;
  /** Variables that Python handlers may see, but for ours. */
  readonly environment: ConfigSources["env"];
  /** The program's version. */
  readonly version: string;
}

/** What the ready line says. */
export interface BackendReady {
  readonly listeners: Listeners["urls"];
  readonly models: readonly ModelStatus[];
  /** How far each sealed model has come. */
  readonly sealed: readonly SealedModelStage[];
  /** The stages of a process that attests, in their order; empty for others. */
  readonly start: readonly ProcessStage[];
}

export interface BackendStartParts {
  readonly clock: Clock;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
  readonly hardware: BackendProcessParts["hardware"];
  readonly version: string;
}

/** Time beyond draining in which engines are unloaded. */
const unloadTime = 15_000;

/** Configuration → backend → ready line. */
export function backendStart(sources: ConfigSources, { process, ...parts }: BackendStartParts): Start {
  return processStart(
    {
      ...{ schema: backendProcessConfig, sources },
      stopLimit: ({ drainDelay, drainTimeout }) => drainDelay + drainTimeout + unloadTime,
    },
    {
      process,
      begin: (config, starting) => startBackendProcess(config, { ...parts, ...starting, environment: sources.env }),
    },
  );
}

/**
 * Nothing listens before the verdict. Null where the process was stopped before its models had settled. Throws `TrustStartError`,
 * `AttesterError`, `SealingError`, `SessionError`, `LayoutError`, `ListenerError`.
 */
export async function startBackendProcess(
  config: BackendProcessConfig,
  parts: BackendProcessParts,
): Promise<BackendReady | null> {
  const { clock, environment, logger, stack, stopping, version } = parts;
  const { identitiesFor, attesting, mesh } = await openMember(config, parts);
  if (mesh) stack.use(mesh);
  const isOwn = (name: string) => name.startsWith("sealserve_");
  const modelMetrics = new ModelMetrics({ autoDetect: true }, { isTaken: isOwn, now: () => clock.now() });
  const backend = stack.use(
    await startBackend(config, {
      clock,
      logger: logger.child("backend"),
      environment,
      fetching: config,
      onEngine(event) {
        if (event.type === "metric") modelMetrics.take(event);
      },
      ...(identitiesFor ? { identitiesFor } : {}),
      ...(attesting && { measured: { modelCode: attesting.attester.modelCode ?? "any" } }),
    }),
  );
  const drain = new Draining({ clock });
  let settled = false;
  const ready = () => settled && !drain.begun;
  const metrics = backendMetrics({ backend, modelMetrics, ready, drain, mesh });
  const operations = stack.use(
    await openOperations("backend.operations", config.operations, {
      ready,
      reason: () => (drain.begun ? "it drains" : "it loads its models"),
      ...{ metrics, clock, logger },
    }),
  );
  const listeners = stack.use(
    await openMeshListener(config, {
      attester: attesting?.attester ?? null,
      ...{ backend, modelMetrics, mesh, drain, ready, version, clock, logger },
      instance: randomUUID(),
      draining: () => drain.begun,
    }),
  );
  stack.defer(() => drain.begin(config.drainDelay));
  await Promise.race([backend.settled(), aborted(stopping)]);
  if (stopping.aborted) return null;
  settled = true;
  attesting?.start.on("settled");
  logger.info("ready", { listeners: listeners.urls });
  return {
    listeners: { ...listeners.urls, ...operations.urls },
    models: (await backend.service.list()).filter(({ state, reason }) => state !== "end" || reason !== undefined),
    sealed: backend.sealedModels(),
    start: attesting?.start.passed ?? [],
  };
}
