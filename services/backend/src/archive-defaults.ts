// What a model archive is told where its own configuration file says nothing: less than the configuration of the server, and than any call.
import type { ModelDefinition } from "@sealserve/engines";

/** Times are milliseconds. What is left out is as everywhere. */
export interface ArchiveDefaults {
  readonly instances?: number;
  readonly maxInstances?: number;
  readonly maxBatchSize?: number;
  readonly maxQueueDelay?: number;
  readonly maxQueueSize?: number;
  readonly responseTimeout?: number;
  readonly loadTimeout?: number;
}

/** The keys of an archive's configuration file, each in place of which one of the defaults stands. */
const keys = {
  maxBatchSize: "batchSize",
  maxQueueDelay: "maxBatchDelay",
  maxQueueSize: "jobQueueSize",
  responseTimeout: "responseTimeout",
  loadTimeout: "startupTimeout",
} as const;

export function withArchiveDefaults(definition: ModelDefinition, defaults: ArchiveDefaults): ModelDefinition {
  if (definition.layout !== "model-archive") return definition;
  const said = Object(definition.settings) as Readonly<Record<string, unknown>>;
  const use = (name: keyof typeof keys) => (said[keys[name]] === undefined ? defaults[name] : undefined);
  const saysWorkers = Boolean(said["minWorkers"]) || Boolean(said["maxWorkers"]);
  const { instances = definition.instances, maxInstances = instances } = saysWorkers ? definition : defaults;
  const { batching } = definition;
  return {
    ...definition,
    instances,
    maxInstances: Math.max(instances, maxInstances),
    maxBatchSize: use("maxBatchSize") ?? definition.maxBatchSize,
    batching: {
      ...batching,
      maxQueueDelay: use("maxQueueDelay") ?? batching.maxQueueDelay,
      maxQueueSize: use("maxQueueSize") ?? batching.maxQueueSize,
    },
    responseTimeout: use("responseTimeout") ?? definition.responseTimeout,
    loadTimeout: use("loadTimeout") ?? definition.loadTimeout,
  };
}
