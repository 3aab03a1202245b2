// A served version in the words of TorchServe's describe call.
import type { ServingDescription } from "@sealserve/protocols/torchserve";
import type { VersionStatistics } from "@sealserve/serving";
import type { ServedModel } from "./served-model.ts";

/** A model without a limit of its own is said to take one request a batch, as TorchServe's default is. */
export function describeModel(served: ServedModel, statistics: VersionStatistics | undefined): ServingDescription {
  const { instances, maxBatchSize, maxQueueSize } = served;
  const pendingRequests = statistics?.waiting ?? 0;
  return {
    modelUrl: served.location,
    engine: served.engine,
    runtime: "node",
    minWorkers: instances,
    maxWorkers: instances,
    batchSize: Number.isFinite(maxBatchSize) ? Math.max(1, maxBatchSize) : 1,
    maxBatchDelay: served.maxQueueDelay,
    responseTimeout: Math.round(served.responseTimeout / 1000),
    startupTimeout: Math.round(served.loadTimeout / 1000),
    workers: Array.from({ length: instances }, (_, id) => ({
      id: String(id),
      startTime: new Date(served.since).toISOString(),
      status: "READY",
    })),
    jobQueueStatus: { remainingCapacity: Math.max(0, maxQueueSize - pendingRequests), pendingRequests },
  };
}
