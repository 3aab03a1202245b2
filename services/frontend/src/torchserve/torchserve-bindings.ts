// TorchServe's five listeners: inference, management and metrics over HTTP, and the first two over gRPC.
import { eventLoopPause } from "@sealserve/protocols";
import {
  type CorsHeaders,
  torchserveInference,
  torchserveManagement,
  torchserveMetrics,
} from "@sealserve/protocols/torchserve";
import { torchserveGrpcInference, torchserveGrpcManagement } from "@sealserve/protocols/torchserve-grpc";
import { isSameSpot, type ListenAddress, type PortBinding, spotOf } from "@sealserve/server";
import { type ConnectionAge, grpcBinding } from "@sealserve/server/grpc";
import type { FrontendConfig } from "../config.ts";
import { describeModel } from "../describe-model.ts";
import { guarded, guardedGrpc } from "../management/management-gate.ts";
import { changesTaken, type ProtocolParts } from "../protocol-parts.ts";
import { workflowService } from "../workflows/workflow-service.ts";
import type { TorchserveConfig } from "./torchserve-config.ts";

/** In the order in which those on one port are asked. Throws `ManagementStartError`. */
export function torchserveBindings(config: FrontendConfig, parts: ProtocolParts): readonly PortBinding[] {
  const { service, ready, tokens } = parts;
  const { torchserve, openInference: v2, tensorflowServing: tensorflow } = config.protocols;
  const shared = (one: ListenAddress, other: ListenAddress) =>
    isSameSpot(spotOf(one, config.host), spotOf(other, config.host));
  const untold = {
    ...{ service, ready, requestId: () => crypto.randomUUID(), pause: eventLoopPause() },
    ...(torchserve.cors && { cors: corsOf(torchserve.cors) }),
  };
  const all = { ...untold, ...(tokens && { authorize: tokens.authorize, tokens }) };
  const workflows = workflowsOf(config, parts);
  const { openInferenceProtocol, modelApi } = torchserve;
  const management = { ...all, modelApi, describe: describeBy(parts) };
  const gate = gateSettings(config, parts);
  const kserve = {
    v1: !shared(torchserve.inference, tensorflow.rest),
    v2: !shared(torchserve.inference, v2.http),
  };
  return [
    {
      protocol: torchserveInference({ ...all, ...workflows, kserve, openInferenceProtocol }),
      port: torchserve.inference,
    },
    {
      protocol: guarded(
        torchserveManagement({ ...management, ...workflows, ...changesAt(torchserve.management, config, parts) }),
        gate,
        parts,
      ),
      port: torchserve.management,
    },
    grpcBinding(
      torchserveGrpcInference({ ...all, openInferenceProtocol, sequenceHeaders: config.sequenceHeaders }),
      torchserve.grpcInference,
      ageOf(torchserve.grpcConnections.inference),
    ),
    grpcBinding(
      guardedGrpc(
        torchserveGrpcManagement({ ...management, ...changesAt(torchserve.grpcManagement, config, parts) }),
        gate,
        parts,
      ),
      torchserve.grpcManagement,
      ageOf(torchserve.grpcConnections.management),
    ),
    {
      protocol: torchserveMetrics({
        ...untold,
        ...(tokens && torchserve.protectMetrics && { authorize: tokens.authorize }),
        metrics: metricsText(parts, shared(torchserve.metrics, v2.metrics)),
      }),
      port: torchserve.metrics,
    },
  ];
}

/** Whoever shows a token of TorchServe's has proved more than a gate asks for. */
function gateSettings({ management }: FrontendConfig, { tokens }: ProtocolParts): FrontendConfig["management"] {
  return tokens && management.changes !== false ? { ...management, changes: "open" } : management;
}

function changesAt(at: ListenAddress, config: FrontendConfig, parts: ProtocolParts) {
  const { changes } = parts;
  if (!changes || !changesTaken(at, config.host, gateSettings(config, parts))) return {};
  const { defaultWorkers } = config.protocols.torchserve;
  const wait = config.management.timeout;
  const instances = (model: string, version: string): number | null => parts.served(model, version)?.instances ?? null;
  return { changes: { ...changes, instances, ...(defaultWorkers === null ? {} : { defaultWorkers }), wait } };
}

/** A workflow brings models: where registering them is off, it is off for both. */
function workflowsOf(config: FrontendConfig, parts: ProtocolParts) {
  if (!parts.changes) return {};
  const { modelApi, management } = config.protocols.torchserve;
  const taken = modelApi && changesTaken(management, config.host, gateSettings(config, parts));
  const options = { changes: taken ? { wait: config.management.timeout } : null };
  return { workflows: workflowService(options, { ...parts, ...parts.changes }) };
}

function ageOf({ maxAge, maxAgeGrace }: TorchserveConfig["grpcConnections"]["inference"]): ConnectionAge {
  return { limit: maxAge, grace: maxAgeGrace };
}

function describeBy({ served }: Pick<ProtocolParts, "served">) {
  return async (model: string, version: string) => {
    const found = served(model, version);
    return found && describeModel(found);
  };
}

/** On a port that both share, one path serves the metrics of both. */
function metricsText({ metrics }: ProtocolParts, together: boolean): (names: readonly string[]) => Promise<string> {
  return async (names) =>
    (await metrics.torchserve(names)) + (together && names.length === 0 ? await metrics.triton() : "");
}

function corsOf({ origin, methods, headers }: NonNullable<TorchserveConfig["cors"]>): CorsHeaders {
  return { ...(origin && { origin }), ...(methods && { methods }), ...(headers && { headers }) };
}
