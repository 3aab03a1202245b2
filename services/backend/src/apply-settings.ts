// A model's definition as its files have it, with what the configuration says instead.
import type { ModelDefinition } from "@sealserve/engines";
import type { ModelSettings } from "./config.ts";

/** The configuration's settings, with what management calls say beside. */
export type AppliedSettings = ModelSettings & { readonly maxInstances?: number };

export function applySettings(definition: ModelDefinition, settings: AppliedSettings): ModelDefinition {
  const { batching, onnx } = definition;
  const instances = settings.instances ?? definition.instances;
  return {
    ...definition,
    maxBatchSize: settings.maxBatchSize ?? definition.maxBatchSize,
    instances,
    // Who says how many there shall be, and not how many there may be, means as many.
    maxInstances: Math.max(instances, settings.maxInstances ?? settings.instances ?? definition.maxInstances),
    isolation: settings.isolation ?? definition.isolation,
    loadTimeout: settings.loadTimeout ?? definition.loadTimeout,
    responseTimeout: settings.responseTimeout ?? definition.responseTimeout,
    batching: {
      maxQueueDelay: settings.maxQueueDelay ?? batching.maxQueueDelay,
      preferredBatchSizes: settings.preferredBatchSizes?.toSorted((a, b) => a - b) ?? batching.preferredBatchSizes,
      maxQueueSize: settings.maxQueueSize ?? batching.maxQueueSize,
    },
    onnx: {
      intraOpThreads: settings.intraOpThreads ?? onnx.intraOpThreads,
      interOpThreads: settings.interOpThreads ?? onnx.interOpThreads,
      executionMode: settings.executionMode ?? onnx.executionMode,
      graphOptimization: settings.graphOptimization ?? onnx.graphOptimization,
    },
  };
}
