// Brings requests to lanes, one for each instance, and the lanes' answers to the callers.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  isInferenceError,
  type ModelMetadata,
  toInferenceError,
} from "@sealserve/inference";
import type { BatchResult, BatchRunner } from "./batch-runner.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { ExecutionRecorder } from "./execution.ts";
import { Lane } from "./lane.ts";
import type { LaneSource } from "./lane-source.ts";
import { Reception, type ReceptionOptions } from "./reception.ts";
import type { RunningBatch } from "./running-batch.ts";
import type { Scheduled } from "./scheduled.ts";

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
export class LaneScheduler implements Scheduled {
  readonly #options: LaneSchedulerOptions;
  readonly #runner: BatchRunner;
  readonly #clock: Clock;
  readonly #source: LaneSource;
  readonly #statistics: ExecutionRecorder | null;
  readonly #onAnswer: NonNullable<LaneSchedulerParts["onAnswer"]>;
  readonly #metadata: ModelMetadata;
  readonly #reception: Reception;
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
    this.#reception = new Reception(options, {
      ...{ clock, metadata: this.#metadata },
      refusal: () => this.#refusal(),
      admit: (caller) => this.#admit(caller),
    });
    statistics?.watchQueue(() => source.size);
  }

  metadata(): ModelMetadata {
    return this.#metadata;
  }

  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    return this.#reception.infer(request, signal);
  }

  inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    return this.#reception.inferStream(request, signal);
  }

  async resize(instances: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#runner.resize?.(instances, signal);
    } finally {
      this.#shrink();
      this.#poke();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const caller of this.#source.takeAll()) caller.settle(new InferenceError("shutting-down", {}));
    for (const lane of this.#lanes) lane.stop();
    if (this.#busy > 0) await this.#idle.promise;
    this.#reception.close();
  }

  get #busy(): number {
    return this.#lanes.reduce((sum, { running }) => sum + (running ? 1 : 0), 0);
  }

  #refusal(): AnyInferenceError | null {
    if (this.#closed) return new InferenceError("shutting-down", {});
    const { concurrency } = this.#runner;
    if (concurrency === 0) return this.#noInstance();
    const { size } = this.#source;
    if (!this.#options.useJobTicket || this.#busy + size < concurrency) return null;
    const { name: model, version } = this.#metadata;
    return new InferenceError("queue-full", { model, version, limit: 0 });
  }

  #noInstance(): InferenceError<"no-instance"> {
    const { name, version } = this.#metadata;
    return new InferenceError("no-instance", { model: name, version });
  }

  #admit(caller: Caller): void {
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
  #shrink(): void {
    const { concurrency } = this.#runner;
    const gone = concurrency === 0 ? this.#source.takeAll() : this.#source.shrink(concurrency);
    for (const caller of gone) caller.settle(this.#noInstance());
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
    const results = await this.#results(batch, lane);
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

  async #results({ requests, signal, onPartial }: RunningBatch, lane: number): Promise<readonly BatchResult[]> {
    try {
      const results = await this.#runner.run(requests, signal, { lane, onPartial });
      if (results.length === requests.length) return results;
      const reason = `it gave ${results.length} results for ${requests.length} requests`;
      throw new InferenceError("engine-failed", { model: this.#metadata.name, reason });
    } catch (thrown) {
      const error = toInferenceError(thrown);
      return requests.map(() => error);
    }
  }
}

function nothing(): void {}
