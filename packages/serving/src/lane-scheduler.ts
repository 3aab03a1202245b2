// Brings requests to lanes, one for each instance, and the lanes' answers to the callers.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceResponse,
  isInferenceError,
  type ModelMetadata,
} from "@sealserve/inference";
import type { BatchRunner } from "./batch-runner.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { ExecutionRecorder } from "./execution.ts";
import { Lane } from "./lane.ts";
import type { LaneSource } from "./lane-source.ts";
import { noInstance, Reception, type ReceptionOptions } from "./reception.ts";
import { runBatch } from "./run-batch.ts";
import type { RunningBatch } from "./running-batch.ts";
import type { Scheduled } from "./scheduled.ts";
import type { Scheduler } from "./scheduler.ts";

export interface LaneSchedulerOptions extends ReceptionOptions {
  /** Milliseconds that the first request of a batch may wait for others, where the instance works on nothing. */
  readonly maxQueueDelay: number;
  /** Lets no request wait for an instance: one is refused with `queue-full` unless some instance is idle. Default: false. */
  readonly useJobTicket?: boolean;
  readonly continuous: boolean;
}

export interface LaneSchedulerParts {
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly statistics?: ExecutionRecorder;
  readonly source: LaneSource;
  /** Called with every answer but those in parts, before its caller has it. */
  readonly onAnswer?: (caller: Caller, response: InferenceResponse) => void;
}

/** For models of kind `fields`, whose requests may be together whatever they are. Throws as `batched` does. */
export function inLanes(options: LaneSchedulerOptions, parts: LaneSchedulerParts): Scheduled {
  return new Reception(options, { ...parts, scheduler: new LaneScheduler(options, parts) });
}

class LaneScheduler implements Scheduler {
  readonly #options: LaneSchedulerOptions;
  readonly #runner: BatchRunner;
  readonly #clock: Clock;
  readonly #source: LaneSource;
  readonly #statistics: ExecutionRecorder | null;
  readonly #onAnswer: NonNullable<LaneSchedulerParts["onAnswer"]>;
  readonly #metadata: ModelMetadata;
  readonly #lanes: Lane[] = [];
  readonly #idle = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: LaneSchedulerOptions, parts: LaneSchedulerParts) {
    const { runner, clock, statistics, source, onAnswer = nothing } = parts;
    this.#options = options;
    this.#runner = runner;
    this.#clock = clock;
    this.#source = source;
    this.#statistics = statistics ?? null;
    this.#onAnswer = onAnswer;
    this.#metadata = runner.metadata();
    statistics?.watchQueue(() => source.size);
  }

  refusal(): AnyInferenceError | null {
    const { size } = this.#source;
    if (!this.#options.useJobTicket || this.#busy + size < this.#runner.concurrency) return null;
    const { name: model, version } = this.#metadata;
    return new InferenceError("queue-full", { model, version, limit: 0 });
  }

  admit(caller: Caller): void {
    const refused = this.#source.add(caller, this.#runner.concurrency);
    if (refused) {
      caller.settle(refused);
      return;
    }
    this.#poke();
    const overfull = this.#source.overfull(caller);
    if (overfull) caller.giveUp(overfull);
  }

  /** Requests whose instance is gone have nobody who knows them. */
  resized(): void {
    const { concurrency } = this.#runner;
    const gone = concurrency === 0 ? this.#source.takeAll() : this.#source.shrink(concurrency);
    for (const caller of gone) caller.settle(noInstance(this.#metadata));
    this.#poke();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const caller of this.#source.takeAll()) caller.settle(new InferenceError("shutting-down", {}));
    for (const lane of this.#lanes) lane.stop();
    if (this.#busy > 0) await this.#idle.promise;
  }

  get #busy(): number {
    return this.#lanes.reduce((sum, { running }) => sum + (running ? 1 : 0), 0);
  }

  #poke(): void {
    for (let i = 0; i < this.#runner.concurrency; i++) this.#lane(i).poke();
  }

  #lane(index: number): Lane {
    const known = this.#lanes[index];
    if (known) return known;
    const { maxQueueDelay: delay, continuous } = this.#options;
    const full = Math.max(1, this.#metadata.maxBatchSize);
    const lane = new Lane(
      { lane: index, full, delay: full === 1 ? 0 : delay, continuous },
      {
        ...{ clock: this.#clock, source: this.#source },
        isThere: () => index < this.#runner.concurrency,
        run: (batch, lane) => this.#run(batch, lane),
        onIdle: () => this.#onIdle(),
      },
    );
    this.#lanes[index] = lane;
    return lane;
  }

  #onIdle(): void {
    if (this.#closed && this.#busy === 0) this.#idle.resolve();
  }

  async #run(batch: RunningBatch, lane: number): Promise<readonly Caller[]> {
    const results = await runBatch(this.#runner, batch, lane);
    const execution = batch.execution(results, this.#clock.now());
    if (execution !== null) this.#statistics?.recordExecution(execution);
    for (const [i, caller] of batch.callers.entries()) {
      const result = results[i];
      if (result && !isInferenceError(result)) this.#onAnswer(caller, result);
    }
    const more = batch.settle(results);
    for (const caller of batch.callers) if (!more.includes(caller)) this.#source.done(caller, lane);
    return more;
  }
}

function nothing(): void {}
