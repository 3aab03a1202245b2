// Opens the instances that a model definition asks for, of any engine that runs in a worker.
import type { BatchRunner, Clock } from "@sealserve/serving";
import type { MemoryFolders } from "../memory/memory-folders.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { PythonParts } from "../python/python-parts.ts";
import { defaultBackOff } from "./back-off.ts";
import { type EngineEvent, openInstancePool } from "./instance-pool.ts";
import type { EngineInit, EngineMetadata } from "./wire.ts";
import { workerEntry } from "./worker-entry.ts";

export interface HostingParts {
  readonly clock: Clock;
  readonly onEvent: (event: EngineEvent) => void;
  /** Where large models lie while engines load them; left out: whole in memory. */
  readonly memoryFolders?: MemoryFolders | null;
  /** Left out: Python handlers are refused. */
  readonly python?: PythonParts;
  /** The header that names the sequence of a request; left out: TorchServe's. */
  readonly sequenceIdHeader?: string;
}

/** Milliseconds that a thread or process may take to end: longer than any engine needs to free its model. */
const grace = 2000;

/**
 * `engine` is its name in the worker's table; `init` gives what one instance is made from, and is called for every start; `metadata` is
 * what is known of the model without one.
 * Throws `EngineLoadError`, what `init` throws, or the signal's reason; then nothing is left running.
 */
export function openHosted(
  engine: string,
  definition: ModelDefinition,
  init: (signal: AbortSignal) => Promise<EngineInit>,
  { clock, onEvent }: HostingParts,
  signal: AbortSignal,
  metadata?: EngineMetadata,
): Promise<BatchRunner> {
  const { name, version, isolation, instances, loadTimeout, responseTimeout, warmup } = definition;
  const options = {
    model: name,
    version,
    engine,
    isolation,
    instances,
    loadTimeout,
    responseTimeout,
    warmup,
    limits: null,
    grace,
    backOff: defaultBackOff,
    entry: workerEntry(),
    ...(metadata && { metadata }),
  };
  return openInstancePool(options, { clock, init, onEvent }, signal);
}
