// A servable that puts requests together into batches and gives every caller its own answer.
import { type AnyInferenceError, InferenceError, type ModelMetadata } from "@sealserve/inference";
import { Alarm } from "./alarm.ts";
import { batchKey } from "./batch-key.ts";
import { BatchQueue } from "./batch-queue.ts";
import type { BatchRunner } from "./batch-runner.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { ExecutionRecorder } from "./execution.ts";
import { noInstance, Reception, type ReceptionOptions } from "./reception.ts";
import { runBatch } from "./run-batch.ts";
import { RunningBatch } from "./running-batch.ts";
import type { Scheduled } from "./scheduled.ts";
import type { Scheduler } from "./scheduler.ts";

/** How many rows a batch may have is the model's: `maxBatchSize` of the runner's metadata, 0 for one request at a time. */
export interface BatchedOptions extends ReceptionOptions {
  /** Milliseconds that the first request of a batch may wait for others; 0: what waits goes as soon as the runner is free. */
  readonly maxQueueDelay: number;
  /** Row counts to prefer; empty: any. */
  readonly preferredBatchSizes: readonly number[];
  /** Requests that may wait; one more is refused at once with `queue-full`. */
  readonly maxQueueSize: number;
  /** Rows up to which requests are merged where the model itself knows no limit. Default: 64. */
  readonly maxBatchRows?: number;
  /** Lets no request wait for an instance: one is refused with `queue-full` unless some instance is idle. Default: false. */
  readonly useJobTicket?: boolean;
}

export interface BatchedParts {
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly statistics?: ExecutionRecorder;
}

/**
 * Requests of one batch have equal batch keys; lanes of different keys are served first come, first served. Its `infer` throws
 * `no-instance`, `queue-full`, `deadline-exceeded` (while it waits or runs), `cancelled`, `shutting-down`, `too-large` for an answer in parts,
 * and what the runner throws.
 * Disposing it refuses what waits and waits for what runs; the runner stays its owner's.
 */
export function batched(options: BatchedOptions, parts: BatchedParts): Scheduled {
  return new Reception(options, { ...parts, scheduler: new Batcher(options, parts) });
}

class Batcher implements Scheduler {
  readonly #options: BatchedOptions;
  readonly #runner: BatchRunner;
  readonly #clock: Clock;
  readonly #statistics: ExecutionRecorder | null;
  readonly #metadata: ModelMetadata;
  readonly #queue: BatchQueue;
  /** Batches that run. */
  #running = 0;
  readonly #idle = Promise.withResolvers<void>();
  readonly #nextDue: Alarm;
  /** Requests so far that share no batch. */
  #alone = 0;
  #closed = false;

  constructor(options: BatchedOptions, { runner, clock, statistics }: BatchedParts) {
    const metadata = runner.metadata();
    const limit = metadata.maxBatchSize === 0 ? 1 : metadata.maxBatchSize;
    this.#options = options;
    this.#runner = runner;
    this.#clock = clock;
    this.#statistics = statistics ?? null;
    this.#metadata = metadata;
    this.#nextDue = new Alarm({ clock, callback: () => this.#dispatch() });
    this.#queue = new BatchQueue({
      full: Number.isFinite(limit) ? limit : (options.maxBatchRows ?? 64),
      preferred: new Set(options.preferredBatchSizes),
      delay: limit === 1 ? 0 : options.maxQueueDelay,
    });
    statistics?.watchQueue(() => this.#queue.size);
  }

  refusal(): AnyInferenceError | null {
    const { useJobTicket = false, maxQueueSize } = this.#options;
    const { size } = this.#queue;
    if (useJobTicket && this.#running + size >= this.#runner.concurrency) return this.#queueFull();
    return !this.#free && size >= maxQueueSize ? this.#queueFull() : null;
  }

  /** Runs the request at once where nothing is to be waited for: the common case of an idle model pays for no queue. */
  admit(caller: Caller): void {
    if (this.#free && this.#queue.size === 0 && this.#queue.delay === 0) {
      this.#start([caller]);
      return;
    }
    this.#queue.add(this.#keyOf(caller), caller);
    this.#dispatch();
    if (this.#queue.size > this.#options.maxQueueSize) caller.giveUp(this.#queueFull());
  }

  resized(): void {
    this.#dispatch();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const caller of this.#queue.takeAll()) caller.settle(new InferenceError("shutting-down", {}));
    this.#nextDue.set(Number.POSITIVE_INFINITY);
    if (this.#running > 0) await this.#idle.promise;
  }

  get #free(): boolean {
    return this.#running < this.#runner.concurrency + (this.#runner.ahead ?? 0);
  }

  #queueFull(): InferenceError<"queue-full"> {
    const { name, version } = this.#metadata;
    return new InferenceError("queue-full", { model: name, version, limit: this.#options.maxQueueSize });
  }

  #keyOf({ alone, request }: Caller): string {
    return alone ? `alone ${this.#alone++}` : batchKey(this.#metadata.kind, request);
  }

  /** Starts what may run now, and arranges to be called when more will be due. */
  #dispatch(): void {
    if (this.#runner.concurrency === 0) {
      for (const caller of this.#queue.takeAll()) caller.settle(noInstance(this.#metadata));
    }
    while (this.#free && this.#queue.size > 0) {
      const callers = this.#queue.take(this.#clock.now());
      if (callers.length === 0) {
        this.#nextDue.set(this.#queue.dueAt());
        return;
      }
      this.#start(callers);
    }
    this.#nextDue.set(Number.POSITIVE_INFINITY);
  }

  #start(callers: readonly Caller[]): void {
    this.#running++;
    void this.#run(new RunningBatch(callers, { started: this.#clock.now() }));
  }

  async #run(batch: RunningBatch): Promise<void> {
    const results = await runBatch(this.#runner, batch);
    const execution = batch.execution(results, this.#clock.now());
    if (execution !== null) this.#statistics?.recordExecution(execution);
    batch.settle(results);
    this.#running--;
    this.#dispatch();
    if (this.#closed && this.#running === 0) this.#idle.resolve();
  }
}
