// Each protocol with its port, its parts given to it.
import { eventLoopPause } from "@sealserve/protocols";
import { openInference } from "@sealserve/protocols/open-inference";
import { tensorflowServing } from "@sealserve/protocols/tensorflow-serving";
import type { PortBinding } from "@sealserve/server";
import type { FrontendConfig } from "./config.ts";
import { guarded } from "./management/management-gate.ts";
import { openInferenceMetrics } from "./metrics/open-inference-metrics.ts";
import { changesTaken, type ProtocolParts } from "./protocol-parts.ts";
import { torchserveBindings } from "./torchserve/torchserve-bindings.ts";

/** In the order in which protocols on one port are asked. Throws `ManagementStartError`. */
export function protocolBindings(config: FrontendConfig, parts: ProtocolParts): readonly PortBinding[] {
  const { service, ready, metrics, version } = parts;
  const { host, management } = config;
  const { openInference: v2, tensorflowServing: tensorflow } = config.protocols;
  const pause = eventLoopPause();
  const changes = parts.changes && changesTaken(v2.http, host, management) ? parts.changes : null;
  return [
    ...torchserveBindings(config, parts),
    {
      protocol: guarded(
        openInference({
          ...{ service, live: () => true, ready, pause, server: { name: "sealserve", version } },
          ...(changes && { changes: { ...changes, wait: management.timeout } }),
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
