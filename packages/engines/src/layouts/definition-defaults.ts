// What holds for a model whose layout says nothing about it.
import type { ModelDefinition } from "../model-definition.ts";

type Given = "name" | "version" | "layout" | "location" | "files" | "engine";

/** Time-outs are TorchServe's. One instance, since each holds the weights and onnxruntime uses every core by itself. */
export const definitionDefaults: Omit<ModelDefinition, Given> = {
  platform: null,
  maxBatchSize: null,
  inputs: [],
  outputs: [],
  batching: { maxQueueDelay: 0, preferredBatchSizes: [], maxQueueSize: 1000 },
  scheduling: { kind: "batches" },
  useJobTicket: false,
  clientTimeout: null,
  instances: 1,
  maxInstances: 1,
  onnx: { intraOpThreads: null, interOpThreads: null, executionMode: "sequential", graphOptimization: "all" },
  isolation: "thread",
  loadTimeout: 120_000,
  responseTimeout: 120_000,
  retryTimeout: 300_000,
  warmup: [],
  asyncCommunication: false,
  useVenv: false,
  parallel: null,
  device: { type: null, ids: [] },
  manifest: null,
  settings: null,
};
