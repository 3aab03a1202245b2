// A model's definition as its files have it, with what the configuration says instead.
import type { ModelDefinition } from "@sealserve/engines";
import type { ModelSettings } from "./config.ts";

export function applySettings(definition: ModelDefinition, settings: ModelSettings): ModelDefinition {
  const { batching, onnx } = definition;
  return {
    ...definition,
    maxBatchSize: settings.maxBatchSize ?? definition.maxBatchSize,
    instances: settings.instances ?? definition.instances,
    maxInstances: Math.max(settings.instances ?? 0, definition.maxInstances),
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
