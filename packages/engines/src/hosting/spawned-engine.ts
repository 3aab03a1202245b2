// One life of an engine: from the start of its thread or process to its end.
import { type AnyInferenceError, type ExecutionTimings, InferenceError } from "@sealserve/inference";
import { Alarm, type Clock } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import type { Isolation, WarmupRequest } from "../model-definition.ts";
import type { Channel, OpenChannel, ResourceLimits } from "./channel.ts";
import type { EngineMetric } from "./engine-metric.ts";
import { openProcess } from "./process-channel.ts";
import { openThread } from "./thread-channel.ts";
import type { EngineInit, EngineMessage, EngineMetadata, WireBatch, WireResponse, WireResult } from "./wire.ts";
import { toLoadError, toRunError } from "./wire-error.ts";

/** Times are milliseconds. */
export interface SpawnOptions {
  readonly model: string;
  /** Its name in the worker's table of engines. */
  readonly engine: string;
  readonly isolation: Isolation;
  readonly limits: ResourceLimits | null;
  readonly loadTimeout: number;
  readonly responseTimeout: number;
  /** How long a thread or process may take to end by itself when it is closed, and to be gone after it is killed. */
  readonly grace: number;
  readonly warmup: readonly WarmupRequest[];
  readonly entry: URL;
  /**
   * It takes a batch while it works on another, and begins it when it has answered that: only from then on the response time-out counts.
   * Default: false.
   */
  readonly ahead?: boolean;
}

export interface SpawnParts {
  readonly clock: Clock;
  /**
   * Called once a life, and again where what was staged went too early: what it returns is given away, so that no copy of a model stays
   * behind. Ends soon after `signal`.
   */
  readonly init: (signal: AbortSignal) => Promise<EngineInit>;
  /** Left out: a thread or a forked process of this program, as `isolation` says. */
  readonly open?: OpenChannel;
  readonly onOutput: (text: string) => void;
  readonly onMetric: (metric: EngineMetric) => void;
  /**
   * Called once, when it can no longer run anything and before what it was running is rejected. Not `gone`: it was killed, but
   * does not end yet; await `ended`.
   */
  readonly onLost: (reason: string, gone: boolean) => void;
}

export interface SpawnedAnswer {
  readonly results: readonly WireResult[];
  readonly timings: ExecutionTimings;
}

/** Takes one answer to request `index` of a batch, which others follow; returns whether anybody wants more of the batch. */
export type OnPartial = (index: number, response: WireResponse) => boolean;

interface Run {
  readonly resolve: (answer: SpawnedAnswer | null) => void;
  readonly reject: (error: AnyInferenceError) => void;
  readonly onPartial: OnPartial;
  /** When it is late, by the clock; Infinity: it has not begun. */
  deadline: number;
  late: boolean;
}

export class SpawnedEngine {
  /** Settles when the thread or process is gone. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  readonly #options: SpawnOptions;
  readonly #parts: SpawnParts;
  readonly #channel: Channel;
  #loading = newLoading();
  readonly #runs = new Map<number, Run>();
  /** Set to the deadline of some run, or one that was: a timer for each would cost more than to look now and then. */
  readonly #alarm: Alarm;
  #lastRun = 0;
  #late = false;
  #lost = false;

  /** Starts the thread or process; {@link load} comes next. */
  constructor(options: SpawnOptions, parts: SpawnParts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#options = options;
    this.#parts = parts;
    this.#alarm = new Alarm({ clock: parts.clock, callback: () => this.#endLate() });
    const open = parts.open ?? (options.isolation === "thread" ? openThread : openProcess);
    this.#channel = open(options, {
      message: (message) => this.#receive(message),
      output: parts.onOutput,
      metric: parts.onMetric,
      ended: (reason, outOfMemory = false) => {
        this.#lose(reason, true, outOfMemory);
        this.#end();
      },
    });
  }

  /** The process that it is in. */
  get pid(): number {
    return this.#channel.pid;
  }

  /** Loads and warms up. Throws `EngineLoadError`, or the signal's reason; then the thread or process is ended, and nothing staged is left. */
  async load(signal: AbortSignal): Promise<EngineMetadata> {
    const { model, loadTimeout } = this.#options;
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
    const timer = this.#parts.clock.setTimer(loadTimeout, () =>
      giveUp(new EngineLoadError("load-timeout", { model, limit: loadTimeout })),
    );
    const abort = (): void => giveUp(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const stop = new AbortController();
    const loading = this.#loadStaged(stop.signal);
    try {
      return await Promise.race([loading, given]);
    } catch (error) {
      stop.abort();
      await this.#kill();
      await Promise.allSettled([loading]);
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  async #loadStaged(signal: AbortSignal): Promise<EngineMetadata> {
    const { engine, model, warmup } = this.#options;
    const { data, transfer, staged } = await this.#parts.init(signal);
    try {
      signal.throwIfAborted();
      staged?.loading(this.#channel.pid);
      this.#channel.post({ type: "load", engine, model, data, warmup }, transfer);
      return await this.#loading.promise;
    } catch (error) {
      const again = error instanceof EngineLoadError && error.code === "load-failed" && staged?.worthAnother();
      if (!again) throw error;
      this.#loading = newLoading();
    } finally {
      await staged?.[Symbol.asyncDispose]();
    }
    return this.#loadStaged(signal);
  }

  /**
   * Runs a batch; the buffers in `transfer` are given away. Rejects with the engine's error, with `deadline-exceeded` where it gives
   * nothing for as long as the response time-out (the engine is then ended), or with `engine-unavailable` where it ends otherwise. Null: it
   * ended before it began this batch.
   */
  run(batch: WireBatch, transfer: readonly ArrayBuffer[], onPartial: OnPartial): Promise<SpawnedAnswer | null> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastRun;
      const waits = this.#options.ahead === true && this.#runs.size > 0;
      const run = { resolve, reject, onPartial, deadline: Number.POSITIVE_INFINITY, late: false };
      this.#runs.set(id, run);
      if (!waits) this.#begin(run);
      this.#channel.post({ type: "run", id, batch }, transfer);
    });
  }

  /** Lets it free its model and end; ends it after the grace. Call when nothing runs. */
  async close(): Promise<void> {
    this.#channel.post({ type: "close" }, []);
    await this.#goneWithin(this.#options.grace);
    await this.#kill();
  }

  #receive(message: EngineMessage): void {
    for (const metric of message.metrics ?? []) this.#parts.onMetric(metric);
    // It is being ended: an answer now would make it look idle.
    if (this.#late && message.type !== "not-begun") return;
    switch (message.type) {
      case "loaded":
        this.#loading.resolve(message.metadata);
        break;
      case "load-failed":
        this.#loading.reject(toLoadError(message.error, this.#options.model));
        break;
      case "partial":
        this.#partial(message.id, message.index, message.response);
        break;
      case "ran":
        this.#settled(message.id)?.resolve(message);
        break;
      case "run-failed":
        this.#settled(message.id)?.reject(toRunError(message.error, this.#options.model));
        break;
      case "not-begun":
        this.#settled(message.id)?.resolve(null);
        break;
    }
  }

  /** Every answer of a stream has the whole response time-out. */
  #partial(id: number, index: number, response: WireResponse): void {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#begin(run);
    this.#channel.post({ type: "taken", id, wanted: run.onPartial(index, response) }, []);
  }

  /** From now on its response time-out counts. */
  #begin(run: Run): void {
    run.deadline = this.#parts.clock.now() + this.#options.responseTimeout;
    if (run.deadline < this.#alarm.at) this.#alarm.set(run.deadline);
  }

  #endLate(): void {
    const now = this.#parts.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const run of this.#runs.values()) {
      run.late = run.deadline <= now;
      this.#late ||= run.late;
      next = Math.min(next, run.deadline);
    }
    if (this.#late) void this.#kill();
    else this.#alarm.set(next);
  }

  /** The run that is over now; the next begins. */
  #settled(id: number): Run | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    const [next] = this.#runs.values();
    if (next?.deadline === Number.POSITIVE_INFINITY && !this.#lost) this.#begin(next);
    return run;
  }

  async #kill(): Promise<void> {
    this.#channel.kill();
    await this.#goneWithin(this.#options.grace);
    this.#lose("it was ended, but is still inside native code", false);
  }

  async #goneWithin(grace: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#parts.clock.setTimer(grace, over.resolve);
    await Promise.race([this.ended, over.promise]);
    timer.cancel();
  }

  #lose(reason: string, gone: boolean, outOfMemory = false): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#parts.onLost(reason, gone);
    const { model, responseTimeout } = this.#options;
    this.#loading.reject(new EngineLoadError("load-crashed", { model, reason }));
    for (const id of [...this.#runs.keys()]) {
      const run = this.#settled(id);
      if (run?.late) run.reject(new InferenceError("deadline-exceeded", { model, limit: responseTimeout }));
      else if (outOfMemory) run?.reject(new InferenceError("handler-failed", diedOfMemory(model), new Error(reason)));
      else run?.reject(new InferenceError("engine-unavailable", { model, reason }));
    }
  }
}

/** What TorchServe answers where the kernel ended a worker (`WorkerThread.java`). */
function diedOfMemory(model: string): { model: string; status: number; reason: string } {
  return { model, status: 507, reason: "Worker died." };
}

function newLoading(): PromiseWithResolvers<EngineMetadata> {
  const loading = Promise.withResolvers<EngineMetadata>();
  loading.promise.catch(() => "it may be lost before anybody waits for it");
  return loading;
}
