// A served version in the words of TorchServe's describe call.
import type { ServedWorker } from "@sealserve/protocols/mesh";
import type { ServingDescription, WorkerDescription } from "@sealserve/protocols/torchserve";
import type { ServedModel } from "./served-model.ts";

/** A model without a limit of its own is said to take one request a batch, as TorchServe's default is; times that are "any" are 0 there. */
export function describeModel(served: ServedModel): ServingDescription {
  const { instances, maxBatchSize, maxQueueSize, waiting, runtime } = served;
  const { parallel, device, sequences, ...settings } = served.settings;
  return {
    modelUrl: served.url,
    // Of Python the worker knows, and does not tell.
    ...(runtime === "node" ? { engine: served.engine } : {}),
    runtime,
    minWorkers: instances,
    maxWorkers: served.maxInstances,
    batchSize: Number.isFinite(maxBatchSize) ? Math.max(1, maxBatchSize) : 1,
    maxBatchDelay: served.maxQueueDelay,
    responseTimeout: inSeconds(served.responseTimeout),
    startupTimeout: inSeconds(served.loadTimeout),
    maxRetryTimeoutInSec: inSeconds(settings.retryTimeout),
    clientTimeoutInMills: settings.clientTimeout ?? 0,
    parallelType: parallel?.type ?? "",
    parallelLevel: parallel?.level ?? 0,
    deviceType: device.type ?? "cpu",
    ...(device.ids.length > 0 ? { deviceIds: device.ids } : {}),
    continuousBatching: settings.continuous,
    useJobTicket: settings.useJobTicket,
    useVenv: settings.useVenv,
    stateful: sequences !== null,
    sequenceMaxIdleMSec: sequences?.idleTimeout ?? 0,
    sequenceTimeoutMSec: sequences?.timeout ?? 0,
    maxNumSequence: sequences?.maxSequences ?? 0,
    maxSequenceJobQueueSize: sequences?.maxQueueSize ?? 0,
    loadedAtStartup: served.loadedAtStart,
    workers: served.workers.map(describeWorker),
    jobQueueStatus: { remainingCapacity: Math.max(0, maxQueueSize - waiting), pendingRequests: waiting },
  };
}

function describeWorker({ id, since, state, pid, memory }: ServedWorker): WorkerDescription {
  return {
    id,
    startTime: new Date(since).toISOString(),
    status: state === "ready" ? "READY" : "UNLOADING",
    memoryUsage: memory ?? 0,
    ...(pid === null ? {} : { pid }),
    gpu: false,
    gpuUsage: "N/A",
  };
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
