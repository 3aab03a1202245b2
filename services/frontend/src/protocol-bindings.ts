// Each protocol with its port, its parts given to it.
import type { InferenceService } from "@sealserve/inference";
import { eventLoopPause } from "@sealserve/protocols";
import { openInference } from "@sealserve/protocols/open-inference";
import { tensorflowServing } from "@sealserve/protocols/tensorflow-serving";
import {
  type CorsHeaders,
  torchserveInference,
  torchserveManagement,
  torchserveMetrics,
} from "@sealserve/protocols/torchserve";
import { torchserveGrpcInference, torchserveGrpcManagement } from "@sealserve/protocols/torchserve-grpc";
import { type BearerToken, isSameSpot, type ListenAddress, type PortBinding, spotOf } from "@sealserve/server";
import { grpcBinding } from "@sealserve/server/grpc";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import type { FrontendConfig } from "./config.ts";
import { describeModel } from "./describe-model.ts";
import type { ManagedModels } from "./managed-models.ts";
import { guarded, guardedGrpc, takesChanges } from "./management/management-gate.ts";
import { openInferenceMetrics } from "./metrics/open-inference-metrics.ts";
import type { ServingMetrics } from "./metrics/serving-metrics.ts";
import type { ServedModel } from "./served-model.ts";
import type { TorchserveTokens } from "./torchserve/open-tokens.ts";
import type { TorchserveConfig } from "./torchserve/torchserve-config.ts";
import { workflowService } from "./workflows/workflow-service.ts";

export interface ProtocolParts {
  readonly service: InferenceService;
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
  /** Of all versions, or of one model's. */
  statistics(model?: string): readonly VersionStatistics[];
  served(model: string, version: string): ServedModel | null;
  readonly metrics: ServingMetrics;
  readonly changes?: ManagedModels;
  readonly clock: Pick<Clock, "epoch" | "setTimer">;
  /** Whoever shows it may change models; null: there is none. */
  readonly token: BearerToken | null;
  /** Of TorchServe's; null: its calls need none. */
  readonly tokens: Pick<TorchserveTokens, "authorize" | "renewToken"> | null;
  /** The program's version. */
  readonly version: string;
}

/** In the order in which protocols on one port are asked. */
export function protocolBindings(config: FrontendConfig, parts: ProtocolParts): readonly PortBinding[] {
  const { service, ready, metrics, version, tokens } = parts;
  const { host, management, protocols } = config;
  const { torchserve, openInference: v2, tensorflowServing: tensorflow } = protocols;
  const shared = (one: ListenAddress, other: ListenAddress) => isSameSpot(spotOf(one, host), spotOf(other, host));
  const changes = (at: ListenAddress, settings = management) =>
    parts.changes && changesTaken(at, host, settings)
      ? { changes: { ...parts.changes, ...torchserveWorkers(torchserve), wait: management.timeout } }
      : {};
  // Whoever shows a token of TorchServe's has proved more than a gate asks for.
  const own = tokens && management.changes !== false ? ({ ...management, changes: "open" } as const) : management;
  const requestId = (): string => crypto.randomUUID();
  const pause = eventLoopPause();
  const all = {
    ...{ requestId, service, ready, pause },
    ...(tokens && { authorize: tokens.authorize, tokens }),
    ...(torchserve.cors && { cors: corsOf(torchserve.cors) }),
  };
  const { authorize: _, tokens: __, ...untold } = all;
  const kserve = {
    v1: !shared(torchserve.inference, tensorflow.rest),
    v2: !shared(torchserve.inference, v2.http),
  };
  const { openInferenceProtocol, modelApi } = torchserve;
  const workflows = parts.changes && {
    workflows: workflowService(
      // A workflow brings models: where registering them is off, it is off for both.
      { changes: modelApi && changesTaken(torchserve.management, host, own) ? { wait: management.timeout } : null },
      { service, clock: parts.clock, ...parts.changes },
    ),
  };
  const describe = describeBy(parts);
  // On a port that both share, one path serves the metrics of both.
  const together = shared(torchserve.metrics, v2.metrics);
  const torchserveText = async (names: readonly string[]): Promise<string> =>
    together && names.length === 0
      ? (await metrics.torchserve(names)) + (await metrics.triton())
      : metrics.torchserve(names);
  return [
    {
      protocol: torchserveInference({ ...all, ...workflows, kserve, openInferenceProtocol }),
      port: torchserve.inference,
    },
    {
      protocol: guarded(
        torchserveManagement({ ...all, ...workflows, describe, modelApi, ...changes(torchserve.management, own) }),
        own,
        parts,
      ),
      port: torchserve.management,
    },
    grpcBinding(torchserveGrpcInference(all), torchserve.grpcInference),
    grpcBinding(
      guardedGrpc(
        torchserveGrpcManagement({ ...all, describe, modelApi, ...changes(torchserve.grpcManagement, own) }),
        own,
        parts,
      ),
      torchserve.grpcManagement,
    ),
    {
      protocol: torchserveMetrics({
        ...untold,
        ...(tokens && torchserve.protectMetrics && { authorize: tokens.authorize }),
        metrics: torchserveText,
      }),
      port: torchserve.metrics,
    },
    {
      protocol: guarded(
        openInference({
          ...{ service, live: () => true, ready, pause, server: { name: "sealserve", version } },
          ...changes(v2.http),
        }),
        management,
        parts,
      ),
      port: v2.http,
    },
    { protocol: openInferenceMetrics({ metrics: metrics.triton }), port: v2.metrics },
    { protocol: tensorflowServing({ service, pause, metrics: metrics.tensorflowServing }), port: tensorflow.rest },
  ];
}

/** Throws `ManagementStartError`. */
function changesTaken(at: ListenAddress, host: string, settings: FrontendConfig["management"]): boolean {
  const spot = spotOf(at, host);
  // To a socket in the file system nobody comes from outside.
  return spot !== null && takesChanges(spot.path === undefined ? spot.host : "127.0.0.1", settings);
}

function corsOf({ origin, methods, headers }: NonNullable<TorchserveConfig["cors"]>): CorsHeaders {
  return { ...(origin && { origin }), ...(methods && { methods }), ...(headers && { headers }) };
}

function torchserveWorkers({ defaultWorkers }: TorchserveConfig): { readonly defaultWorkers?: number } {
  return defaultWorkers === null ? {} : { defaultWorkers };
}

function describeBy({ served }: Pick<ProtocolParts, "served">) {
  return async (model: string, version: string) => {
    const found = served(model, version);
    return found && describeModel(found);
  };
}
