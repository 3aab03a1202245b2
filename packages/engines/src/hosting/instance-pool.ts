// Several instances of one model as one batch runner: a batch goes to an idle instance; while one restarts, the others serve.
import { InferenceError, type InferenceRequest, type ModelMetadata, type ModelSpec } from "@sealserve/inference";
import type { BatchResult, BatchRunner, Clock } from "@sealserve/serving";
import { EngineInstance, type InstanceEvent, type InstanceOptions } from "./engine-instance.ts";
import { packBatch, unpackResults } from "./pack-batch.ts";
import type { EngineInit, EngineMetadata } from "./wire.ts";

export interface PoolOptions extends InstanceOptions {
  readonly version: string;
  /** At least 1. */
  readonly instances: number;
}

/** What happens to engines, for logs and metrics; `instance` counts from 0 in its model. */
export type EngineEvent = InstanceEvent & {
  readonly model: string;
  readonly version: string;
  readonly instance: number;
};

export interface PoolParts {
  readonly clock: Clock;
  /** Called for each start of each instance: what it returns is given away. */
  readonly init: (signal: AbortSignal) => Promise<EngineInit>;
  readonly onEvent: (event: EngineEvent) => void;
}

interface Waiting {
  readonly start: (instance: EngineInstance) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Starts the instances: one first, so that a model that cannot be loaded fails once, then the others together.
 * Throws `EngineLoadError`, or the signal's reason; then nothing is left running.
 */
export async function openInstancePool(
  options: PoolOptions,
  parts: PoolParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  const pool = new InstancePool(options, parts);
  try {
    await pool.start(signal);
    return pool;
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

class InstancePool implements BatchRunner {
  readonly concurrency: number;
  readonly #model: Required<ModelSpec>;
  readonly #instances: readonly EngineInstance[];
  readonly #waiting = new Set<Waiting>();
  readonly #running = new Set<Promise<unknown>>();
  #metadata: EngineMetadata | null = null;
  #closed = false;

  constructor(options: PoolOptions, { clock, init, onEvent }: PoolParts) {
    const { model, version, instances } = options;
    this.concurrency = instances;
    this.#model = { name: model, version };
    this.#instances = Array.from({ length: instances }, (_, instance) => {
      const report = (event: InstanceEvent): void => onEvent({ ...event, model, version, instance });
      return new EngineInstance(options, { clock, init, onEvent: report, onChange: () => this.#dispatch() });
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const [first, ...others] = this.#instances;
    if (!first) throw new RangeError("a pool needs at least one instance");
    this.#metadata = await first.start(signal);
    const started = await Promise.allSettled(others.map((instance) => instance.start(signal)));
    for (const result of started) if (result.status === "rejected") throw result.reason;
  }

  metadata(): ModelMetadata {
    const { name, version } = this.#model;
    return { ...this.#loaded, name, version, versions: [version] };
  }

  /** Waits while every instance that is well runs another batch, or starts. */
  run(requests: readonly InferenceRequest[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    const idle = this.#instances.find(({ state }) => state.kind === "idle");
    if (idle) return this.#runOn(idle, requests);
    return new Promise((resolve, reject) => {
      const leave = (): void => waiting.refuse(new InferenceError("cancelled", {}));
      const over = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", leave);
      };
      const waiting: Waiting = {
        start: (instance) => {
          over();
          resolve(this.#runOn(instance, requests));
        },
        refuse: (error) => {
          over();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
      else this.#dispatch();
    });
  }

  /** Waits for what runs, then lets each instance free its model and end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#dispatch();
    await Promise.allSettled(this.#running);
    await Promise.all(this.#instances.map((instance) => instance.close()));
  }

  get #loaded(): EngineMetadata {
    if (!this.#metadata) throw new TypeError("the pool has not started");
    return this.#metadata;
  }

  #runOn(instance: EngineInstance, requests: readonly InferenceRequest[]): Promise<readonly BatchResult[]> {
    const { batch, transfer } = packBatch(requests, this.#loaded.maxBatchSize > 0);
    const answer = instance.run(batch, transfer);
    const results = answer.then((ran) => unpackResults(this.#model, requests, ran.results, ran.timings));
    this.#running.add(results);
    const over = (): unknown => this.#running.delete(results);
    results.then(over, over);
    return results;
  }

  /** Gives idle instances to who waits longest; refuses all when no instance is well. */
  #dispatch(): void {
    for (const waiting of this.#waiting) {
      const idle = this.#instances.find(({ state }) => state.kind === "idle");
      if (idle && !this.#closed) waiting.start(idle);
      else if (this.#closed || this.#instances.every(isDown)) waiting.refuse(this.#unavailable());
      else return;
    }
  }

  #unavailable(): InferenceError {
    const reasons = this.#instances.flatMap(({ state }) => (state.kind === "waiting" ? [state.reason] : []));
    return new InferenceError("engine-unavailable", {
      model: this.#model.name,
      reason: this.#closed ? "it is being unloaded" : (reasons.at(0) ?? "it is not running"),
    });
  }
}

function isDown({ state }: EngineInstance): boolean {
  return state.kind === "waiting" || state.kind === "closed";
}
