// Each protocol with its port, its parts given to it.
import type { InferenceService } from "@sealserve/inference";
import { eventLoopPause } from "@sealserve/protocols";
import { openInference } from "@sealserve/protocols/open-inference";
import { tensorflowServing } from "@sealserve/protocols/tensorflow-serving";
import { torchserveInference, torchserveManagement, torchserveMetrics } from "@sealserve/protocols/torchserve";
import { torchserveGrpcInference, torchserveGrpcManagement } from "@sealserve/protocols/torchserve-grpc";
import type { BearerToken, PortBinding } from "@sealserve/server";
import { grpcBinding } from "@sealserve/server/grpc";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import type { FrontendConfig } from "./config.ts";
import { describeModel } from "./describe-model.ts";
import type { ManagedModels } from "./managed-models.ts";
import { guarded, guardedGrpc, takesChanges } from "./management/management-gate.ts";
import { openInferenceMetrics } from "./metrics/open-inference-metrics.ts";
import type { ServingMetrics } from "./metrics/serving-metrics.ts";
import type { ServedModel } from "./served-model.ts";

export interface ProtocolParts {
  readonly service: InferenceService;
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
  /** Of all versions, or of one model's. */
  statistics(model?: string): readonly VersionStatistics[];
  served(model: string, version: string): ServedModel | null;
  readonly metrics: ServingMetrics;
  readonly changes?: ManagedModels;
  readonly clock: Pick<Clock, "epoch">;
  /** Whoever shows it may change models; null: there is none. */
  readonly token: BearerToken | null;
  /** The program's version. */
  readonly version: string;
}

/** In the order in which protocols on one port are asked. */
export function protocolBindings(config: FrontendConfig, parts: ProtocolParts): readonly PortBinding[] {
  const { service, ready, metrics, version } = parts;
  const { host, management, protocols } = config;
  const allowed = takesChanges(host, management);
  const changes = allowed && parts.changes ? { changes: { ...parts.changes, wait: management.timeout } } : {};
  const requestId = (): string => crypto.randomUUID();
  const pause = eventLoopPause();
  const { torchserve, openInference: v2, tensorflowServing: tensorflow } = protocols;
  // On a port that both share, one path serves the metrics of both.
  const together = torchserve.metrics !== false && torchserve.metrics !== 0 && torchserve.metrics === v2.metrics;
  const torchserveText = async (names: readonly string[]): Promise<string> =>
    together && names.length === 0
      ? (await metrics.torchserve(names)) + (await metrics.triton())
      : metrics.torchserve(names);
  return [
    { protocol: torchserveInference({ service, ready, requestId, pause }), port: torchserve.inference },
    {
      protocol: guarded(
        torchserveManagement({ service, requestId, describe: describeBy(parts), ...changes }),
        management,
        parts,
      ),
      port: torchserve.management,
    },
    grpcBinding(torchserveGrpcInference({ service, ready, requestId, pause }), torchserve.grpcInference),
    grpcBinding(
      guardedGrpc(
        torchserveGrpcManagement({ service, ready, describe: describeBy(parts), ...changes }),
        management,
        parts,
      ),
      torchserve.grpcManagement,
    ),
    { protocol: torchserveMetrics({ requestId, metrics: torchserveText }), port: torchserve.metrics },
    {
      protocol: guarded(
        openInference({
          ...{ service, live: () => true, ready, pause, server: { name: "sealserve", version } },
          ...changes,
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

function describeBy({ served }: Pick<ProtocolParts, "served">) {
  return async (model: string, version: string) => {
    const found = served(model, version);
    return found && describeModel(found);
  };
}
