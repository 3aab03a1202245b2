// A model's definition as the model configuration file of its archive has it.
import type { ModelDefinition, ParallelOptions, SchedulingOptions } from "../model-definition.ts";
import type { ArchiveSettings } from "./archive-settings.ts";
import { definitionDefaults } from "./definition-defaults.ts";

/** Milliseconds, as in TorchServe, for who asks for batches; nobody else's requests wait. */
const defaultBatchDelay = 100;

/** TorchServe starts with the least number of workers and adds more by request only. */
export function fromSettings(settings: ArchiveSettings): Partial<ModelDefinition> {
  const { batching, loadTimeout, responseTimeout, retryTimeout } = definitionDefaults;
  const instances = settings.minWorkers || settings.maxWorkers || definitionDefaults.instances;
  return {
    instances,
    maxInstances: Math.max(instances, settings.maxWorkers ?? 1),
    batching: {
      maxQueueDelay: settings.maxBatchDelay ?? (settings.batchSize ? defaultBatchDelay : 0),
      preferredBatchSizes: [],
      maxQueueSize: settings.jobQueueSize ?? batching.maxQueueSize,
    },
    scheduling: schedulingOf(settings),
    useJobTicket: settings.useJobTicket ?? false,
    clientTimeout: settings.clientTimeoutInMills || null,
    loadTimeout: inMilliseconds(settings.startupTimeout) ?? loadTimeout,
    responseTimeout: inMilliseconds(settings.responseTimeout) ?? responseTimeout,
    retryTimeout: inMilliseconds(settings.maxRetryTimeoutInSec) ?? retryTimeout,
    isolation: settings.isolation ?? definitionDefaults.isolation,
    onnx: settings.onnx ?? definitionDefaults.onnx,
    asyncCommunication: settings.asyncCommunication ?? false,
    useVenv: settings.useVenv ?? false,
    parallel: parallelOf(settings),
    device: { type: settings.deviceType ?? null, ids: settings.deviceIds ?? [] },
  };
}

function schedulingOf(settings: ArchiveSettings): SchedulingOptions {
  if (settings.sequenceBatching) {
    return {
      kind: "sequences",
      maxSequences: settings.maxNumSequence ?? 1,
      maxQueueSize: settings.maxSequenceJobQueueSize ?? 1,
      idleTimeout: settings.sequenceMaxIdleMSec ?? 0,
      timeout: settings.sequenceTimeoutMSec ?? 0,
      continuous: settings.continuousBatching ?? false,
    };
  }
  return { kind: settings.continuousBatching ? "continuous" : "batches" };
}

/** One of the two keys alone says nothing, as in TorchServe. */
function parallelOf({ parallelType: type, parallelLevel, torchrun }: ArchiveSettings): ParallelOptions | null {
  const level = torchrun ? torchrun["nproc-per-node"] : parallelLevel;
  if (type === undefined || type === "" || type === "none" || level === undefined) return null;
  return { type, level, torchrun: torchrun ? { threads: torchrun.OMP_NUMBER_THREADS } : null };
}

function inMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
