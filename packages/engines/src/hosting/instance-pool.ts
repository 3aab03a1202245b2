// Several instances of one model as one batch runner: a batch goes to an idle instance; while one restarts, the others serve.
import { InferenceError, type InferenceRequest, type ModelMetadata, type ModelSpec } from "@sealserve/inference";
import type { BatchResult, BatchRunner, Clock, InstanceStatus, RunOptions } from "@sealserve/serving";
import type { OpenChannel } from "./channel.ts";
import { EngineInstance, type InstanceEvent, type InstanceOptions } from "./engine-instance.ts";
import { packBatch, unpackPartial, unpackResults } from "./pack-batch.ts";
import type { EngineInit, EngineMetadata } from "./wire.ts";

export interface PoolOptions extends InstanceOptions {
  readonly version: string;
  /** 0: none runs until the pool is resized. */
  readonly instances: number;
  /** What is known of the model before any instance has loaded it; left out: without one, no pool can be opened. */
  readonly metadata?: EngineMetadata;
  /** The channels write to no input: they read the requests' bytes where they are. Default: false. */
  readonly sharesBytes?: boolean;
}

/** What happens to engines, for logs and metrics; `instance` counts from 0 in its model, and no number comes twice. */
export type EngineEvent = InstanceEvent & {
  readonly model: string;
  readonly version: string;
  readonly instance: number;
};

export interface PoolParts {
  readonly clock: Clock;
  /** Called for each start of each instance: what it returns is given away. */
  readonly init: (signal: AbortSignal) => Promise<EngineInit>;
  /** Left out: threads or forked processes of this program, as `isolation` says. */
  readonly open?: OpenChannel;
  readonly onEvent: (event: EngineEvent) => void;
}

interface Waiting {
  /** The one instance that may run it; null: any. */
  readonly pinned: Member | null;
  readonly start: (member: Member) => void;
  readonly refuse: (error: unknown) => void;
}

/** An instance with its number. */
interface Member {
  readonly number: number;
  readonly instance: EngineInstance;
}

/**
 * Starts the instances: one first, so that a model that cannot be loaded fails once, then the others together. Of a model of which
 * nothing is known one is started even where none is wanted, and ended again. Throws `EngineLoadError`, or the signal's reason; then
 * nothing is left running.
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
  readonly #model: Required<ModelSpec>;
  readonly #options: PoolOptions;
  readonly #parts: PoolParts;
  /** Those that take batches; a lane is a place among them. */
  #members: readonly Member[] = [];
  /** Those that start for the first time, and those that are about to end. */
  readonly #others = new Set<Member>();
  readonly #waiting = new Set<Waiting>();
  /** Batches that run. */
  #running = 0;
  #idle: () => void = () => undefined;
  readonly #closing = new AbortController();
  #metadata: EngineMetadata | null;
  #next = 0;
  #resizing: Promise<void> = Promise.resolve();

  constructor(options: PoolOptions, parts: PoolParts) {
    const { model, version, metadata } = options;
    this.#model = { name: model, version };
    this.#options = options;
    this.#parts = parts;
    this.#metadata = metadata ?? null;
  }

  get concurrency(): number {
    return this.#members.length * this.#runsAtOnce;
  }

  get ahead(): number {
    let count = 0;
    for (const { instance } of this.#members) if (instance.takesAhead) count++;
    return count;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { instances, metadata } = this.#options;
    if (instances > 0 || metadata === undefined) await this.#resize(1, signal);
    await this.#resize(instances, signal);
  }

  metadata(): ModelMetadata {
    const { name, version } = this.#model;
    return { ...this.#loaded, name, version, versions: [version] };
  }

  instances(): readonly InstanceStatus[] {
    const all = [...this.#members, ...this.#others].sort((a, b) => a.number - b.number);
    return all.map(({ number, instance }) => ({ id: String(number), ...instance.status }));
  }

  resize(instances: number, signal: AbortSignal): Promise<void> {
    const resized = this.#resizing.then(() => this.#resize(instances, signal));
    this.#resizing = resized.catch(() => undefined);
    return resized;
  }

  /** Waits while every instance that is well runs as much as it can, or starts. */
  run(
    requests: readonly InferenceRequest[],
    signal: AbortSignal,
    options: RunOptions = {},
  ): Promise<readonly BatchResult[]> {
    const { lane } = options;
    const pinned = lane === undefined ? null : (this.#members[Math.floor(lane / this.#runsAtOnce)] ?? null);
    if (lane !== undefined && !pinned) return Promise.reject(this.#unavailable(null));
    const free = this.#withRoom(pinned);
    if (free) return this.#runOn(free, requests, signal, options);
    return new Promise<readonly BatchResult[]>((resolve, reject) => {
      const leave = (): void => waiting.refuse(new InferenceError("cancelled", {}));
      const over = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", leave);
      };
      const waiting: Waiting = {
        pinned,
        start: (member) => {
          over();
          resolve(this.#runOn(member, requests, signal, options));
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
    this.#closing.abort();
    this.#dispatch();
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#resizing;
    await Promise.all(this.#members.map(({ instance }) => instance.close()));
  }

  get #runsAtOnce(): number {
    return this.#options.runsAtOnce ?? 1;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  get #loaded(): EngineMetadata {
    if (!this.#metadata) throw new TypeError("the pool has not started");
    return this.#metadata;
  }

  async #resize(wanted: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) throw this.#unavailable(null);
    const more = wanted - this.#members.length;
    if (more > 0) await this.#start(more, AbortSignal.any([signal, this.#closing.signal]));
    else if (more < 0) await this.#end(this.#members.slice(wanted));
  }

  /** All of them, or none. */
  async #start(count: number, signal: AbortSignal): Promise<void> {
    const members = Array.from({ length: count }, () => this.#member());
    for (const member of members) this.#others.add(member);
    const started = await Promise.allSettled(members.map(({ instance }) => instance.start(signal)));
    for (const member of members) this.#others.delete(member);
    const failed = started.find((result) => result.status === "rejected");
    if (failed) {
      await Promise.all(members.map(({ instance }) => instance.close()));
      throw failed.reason;
    }
    for (const result of started) if (result.status === "fulfilled") this.#metadata ??= result.value;
    this.#members = [...this.#members, ...members];
    this.#dispatch();
  }

  async #end(members: readonly Member[]): Promise<void> {
    this.#members = this.#members.filter((member) => !members.includes(member));
    for (const member of members) this.#others.add(member);
    this.#dispatch();
    const end = async (member: Member): Promise<void> => {
      await member.instance.idle();
      await member.instance.close();
      this.#others.delete(member);
    };
    await Promise.all(members.map(end));
  }

  #member(): Member {
    const { model, version } = this.#options;
    const number = this.#next++;
    const { clock, init, open, onEvent } = this.#parts;
    const report = (event: InstanceEvent): void => onEvent({ ...event, model, version, instance: number });
    const parts = { clock, init, ...(open && { open }), onEvent: report, onChange: () => this.#dispatch() };
    return { number, instance: new EngineInstance(this.#options, parts) };
  }

  async #runOn(
    { instance }: Member,
    requests: readonly InferenceRequest[],
    signal: AbortSignal,
    options: RunOptions,
  ): Promise<readonly BatchResult[]> {
    this.#running++;
    try {
      const { batch, transfer } = packBatch(requests, {
        batched: this.#loaded.maxBatchSize > 0,
        shared: this.#options.sharesBytes ?? false,
      });
      const ran = await instance.run(batch, transfer, (index, response) => {
        options.onPartial?.(index, unpackPartial(this.#model, requests[index], response));
        return !signal.aborted;
      });
      if (ran) return unpackResults(this.#model, requests, ran.results, ran.timings);
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle();
    }
    // What never began runs as if it came now: on another instance, or on this one when it has started again.
    return this.run(requests, signal, options);
  }

  #withRoom(pinned: Member | null): Member | null {
    if (pinned) return pinned.instance.hasRoom && this.#members.includes(pinned) ? pinned : null;
    const idle = this.#members.find(({ instance }) => instance.hasRoom);
    return idle ?? this.#members.find(({ instance }) => instance.hasRoomAhead) ?? null;
  }

  /** Gives idle instances to who waits longest; refuses those whom no instance will serve soon. */
  #dispatch(): void {
    for (const waiting of this.#waiting) {
      const member = this.#closed ? null : this.#withRoom(waiting.pinned);
      if (member) waiting.start(member);
      else if (this.#closed || !this.#hopeFor(waiting.pinned)) waiting.refuse(this.#unavailable(waiting.pinned));
    }
  }

  #hopeFor(pinned: Member | null): boolean {
    return this.#members.some((member) => (pinned === null || member === pinned) && isUp(member));
  }

  #unavailable(pinned: Member | null): InferenceError {
    const { name: model, version } = this.#model;
    if (!this.#closed && this.#members.length === 0) return new InferenceError("no-instance", { model, version });
    const asked = pinned ? [pinned] : this.#members;
    const reasons = asked.flatMap(({ instance: { state } }) => (state.kind === "waiting" ? [state.reason] : []));
    const reason = this.#closed ? "it is being unloaded" : (reasons.at(0) ?? "it is not running");
    return new InferenceError("engine-unavailable", { model, reason });
  }
}

function isUp({ instance: { state } }: Member): boolean {
  return state.kind !== "waiting" && state.kind !== "closed";
}
