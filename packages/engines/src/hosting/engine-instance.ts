// One copy of a model that is kept running: when its thread or process ends, it is started anew.
import { reasonOf } from "@sealserve/primitives";
import type { Clock, InstanceStatus } from "@sealserve/serving";
import { BackOff, type BackOffOptions } from "./back-off.ts";
import type { OpenChannel } from "./channel.ts";
import type { EngineMetric } from "./engine-metric.ts";
import { Pace } from "./pace.ts";
import { type OnPartial, type SpawnedAnswer, SpawnedEngine, type SpawnOptions } from "./spawned-engine.ts";
import type { EngineInit, EngineMetadata, WireBatch } from "./wire.ts";

export interface InstanceOptions extends SpawnOptions {
  readonly backOff: BackOffOptions;
  /** Batches that it takes before it has answered the first of them. Default: 1. */
  readonly runsAtOnce?: number;
}

/** Times are milliseconds. */
export type InstanceEvent =
  | { readonly type: "ready"; readonly duration: number }
  /** Its thread or process ended, or did not load again. `restartIn` null: it is given up. */
  | { readonly type: "ended"; readonly reason: string; readonly restartIn: number | null }
  /** What the engine or the model's code wrote to standard output or error. */
  | { readonly type: "output"; readonly text: string }
  | ({ readonly type: "metric" } & EngineMetric);

export interface InstanceParts {
  readonly clock: Clock;
  readonly init: (signal: AbortSignal) => Promise<EngineInit>;
  readonly open?: OpenChannel;
  readonly onEvent: (event: InstanceEvent) => void;
  /** Called after `state` changed. */
  readonly onChange: () => void;
}

/** `waiting`: it ended, for `reason`, and is not being started yet. */
export type InstanceState =
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly engine: SpawnedEngine }
  | { readonly kind: "waiting"; readonly reason: string }
  | { readonly kind: "closed" };

export class EngineInstance {
  readonly #options: InstanceOptions;
  readonly #parts: InstanceParts;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  #state: InstanceState = { kind: "starting" };
  /** By the clock's epoch. */
  #since: number;
  #readySince = 0;
  readonly #runs = new Set<Promise<unknown>>();
  readonly #pace: Pace;
  #revival: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(options: InstanceOptions, parts: InstanceParts) {
    this.#options = options;
    this.#parts = parts;
    this.#backOff = new BackOff(options.backOff);
    this.#pace = new Pace(parts.clock);
    this.#since = parts.clock.epoch();
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** Whether it can take a batch at once. */
  get hasRoom(): boolean {
    return this.#state.kind === "ready" && this.#runs.size < (this.#options.runsAtOnce ?? 1);
  }

  /** Whether it is worth sending it a batch before it has answered the last: it takes hardly longer for one than to be sent one. */
  get takesAhead(): boolean {
    return this.#options.ahead === true && this.#state.kind === "ready" && this.#pace.isQuick;
  }

  /** Whether it works on a batch and may be sent the next. */
  get hasRoomAhead(): boolean {
    return this.takesAhead && this.#runs.size === 1;
  }

  /** As others see it, but for its name. */
  get status(): Omit<InstanceStatus, "id"> {
    const { kind } = this.#state;
    if (this.#state.kind === "ready") return { state: "ready", since: this.#since, pid: this.#state.engine.pid };
    return { state: kind === "starting" ? "starting" : "waiting", since: this.#since, pid: null };
  }

  /** Starts it for the first time. Throws `EngineLoadError`, or the signal's reason: then it is over, and nothing is left of it. */
  async start(signal: AbortSignal): Promise<EngineMetadata> {
    const { clock, init, open, onEvent } = this.#parts;
    const begun = clock.now();
    const engine = new SpawnedEngine(this.#options, {
      ...{ clock, init },
      ...(open && { open }),
      onOutput: (text) => onEvent({ type: "output", text }),
      onMetric: (metric) => onEvent({ type: "metric", ...metric }),
      onLost: (reason, gone) => this.#onLost(engine, reason, gone),
    });
    const metadata = await engine.load(signal);
    this.#readySince = clock.now();
    onEvent({ type: "ready", duration: this.#readySince - begun });
    this.#become({ kind: "ready", engine });
    return metadata;
  }

  /** Runs one batch on an instance that has room, or room ahead; see {@link SpawnedEngine.run}. */
  async run(batch: WireBatch, transfer: readonly ArrayBuffer[], onPartial: OnPartial): Promise<SpawnedAnswer | null> {
    if (this.#state.kind !== "ready") throw new TypeError(`an instance that is ${this.#state.kind} cannot run a batch`);
    const { engine } = this.#state;
    const over = this.#pace.begin();
    const run = engine.run(batch, transfer, onPartial);
    this.#runs.add(run);
    try {
      return await run;
    } finally {
      this.#runs.delete(run);
      over();
      if (this.#state.kind === "ready" && this.#state.engine === engine) this.#parts.onChange();
    }
  }

  /** Fulfilled once nothing runs on it. Give it nothing more before. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#runs);
  }

  /** Ends it for good; waits until its thread or process is gone, or the grace is over. */
  async close(): Promise<void> {
    const before = this.#state;
    this.#closing.abort();
    this.#wake();
    this.#become({ kind: "closed" });
    if (before.kind === "ready") await before.engine.close();
    await this.#revival;
  }

  #become(state: InstanceState): void {
    if (this.#state.kind === "closed") return;
    if (this.#state.kind !== state.kind) this.#since = this.#parts.clock.epoch();
    this.#state = state;
    this.#parts.onChange();
  }

  #onLost(engine: SpawnedEngine, reason: string, gone: boolean): void {
    if (this.#state.kind !== "ready") return; // It was still loading, or is being closed.
    const delay = this.#wait(reason, this.#parts.clock.now() - this.#readySince, gone);
    this.#revival = this.#revive(engine.ended, delay);
  }

  /** Tells what happened; returns for how long to wait, null for ever. Who waits 0 ms counts as starting already. */
  #wait(reason: string, lived: number | null, gone: boolean): number | null {
    const restartIn = this.#backOff.next(this.#parts.clock.now(), lived);
    this.#parts.onEvent({ type: "ended", reason, restartIn });
    this.#become(gone && restartIn === 0 ? { kind: "starting" } : { kind: "waiting", reason });
    return restartIn;
  }

  async #revive(ended: Promise<void>, delay: number | null): Promise<void> {
    const { signal } = this.#closing;
    const gone = this.#wakeable();
    void ended.then(gone.resolve);
    await gone.promise;
    for (let pause = delay; pause !== null; ) {
      await this.#pause(pause);
      if (signal.aborted) return;
      this.#become({ kind: "starting" });
      try {
        await this.start(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        pause = this.#wait(reasonOf(error), null, true);
      }
    }
  }

  async #pause(duration: number): Promise<void> {
    if (duration === 0 || this.#closing.signal.aborted) return;
    const over = this.#wakeable();
    const timer = this.#parts.clock.setTimer(duration, over.resolve);
    await over.promise;
    timer.cancel();
  }

  /** A promise that is also resolved when the instance is closed. */
  #wakeable(): PromiseWithResolvers<void> {
    const over = Promise.withResolvers<void>();
    this.#wake = over.resolve;
    return over;
  }
}
