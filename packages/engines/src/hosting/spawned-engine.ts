// One life of an engine: from the start of its thread or process to its end.
import { type AnyInferenceError, type ExecutionTimings, InferenceError } from "@sealserve/inference";
import type { Clock, Timer } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import type { Isolation, WarmupRequest } from "../model-definition.ts";
import type { Channel, ResourceLimits } from "./channel.ts";
import { openProcess } from "./process-channel.ts";
import { openThread } from "./thread-channel.ts";
import type { EngineInit, EngineMessage, EngineMetadata, WireBatch, WireResult } from "./wire.ts";
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
}

export interface SpawnParts {
  readonly clock: Clock;
  /** Called once a life: what it returns is given away, so that no copy of a model stays behind. */
  readonly init: () => Promise<EngineInit>;
  readonly onOutput: (text: string) => void;
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

interface Run {
  readonly resolve: (answer: SpawnedAnswer) => void;
  readonly reject: (error: AnyInferenceError) => void;
  readonly timer: Timer;
}

export class SpawnedEngine {
  /** Settles when the thread or process is gone. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  readonly #options: SpawnOptions;
  readonly #parts: SpawnParts;
  readonly #channel: Channel;
  readonly #loading = Promise.withResolvers<EngineMetadata>();
  #run: Run | null = null;
  #late = false;
  #lost = false;

  /** Starts the thread or process; {@link load} comes next. */
  constructor(options: SpawnOptions, parts: SpawnParts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#options = options;
    this.#parts = parts;
    const open = options.isolation === "thread" ? openThread : openProcess;
    this.#channel = open(options, {
      message: (message) => this.#receive(message),
      output: parts.onOutput,
      ended: (reason) => {
        this.#lose(reason, true);
        this.#end();
      },
    });
  }

  /** Loads and warms up. Throws `EngineLoadError`, or the signal's reason; then the thread or process is ended. */
  async load(signal: AbortSignal): Promise<EngineMetadata> {
    const { model, engine, warmup, loadTimeout } = this.#options;
    const { promise, reject } = this.#loading;
    const timer = this.#parts.clock.setTimer(loadTimeout, () =>
      reject(new EngineLoadError("load-timeout", { model, limit: loadTimeout })),
    );
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const stop = new AbortController();
    let feeding = Promise.resolve(true);
    const send = async (): Promise<void> => {
      const { data, transfer, feed } = await this.#parts.init();
      if (feed) feeding = feed(stop.signal);
      this.#channel.post({ type: "load", engine, model, data, warmup }, transfer);
      await feeding;
    };
    try {
      send().catch(reject);
      const metadata = await promise;
      if (await feeding) return metadata;
      throw new EngineLoadError("load-failed", { model, reason: "its engine did not read all of it" });
    } catch (error) {
      stop.abort();
      await this.#kill();
      // Where it could not be fed, that is why the engine failed.
      await feeding;
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Runs a batch, one at a time; the buffers in `transfer` are given away. Rejects with the engine's error, with
   * `deadline-exceeded` after the response time-out (the engine is then ended), or with `engine-unavailable` where it ends by
   * itself.
   */
  run(batch: WireBatch, transfer: readonly ArrayBuffer[]): Promise<SpawnedAnswer> {
    return new Promise((resolve, reject) => {
      this.#channel.post({ type: "run", batch }, transfer);
      const timer = this.#parts.clock.setTimer(this.#options.responseTimeout, () => {
        this.#late = true;
        void this.#kill();
      });
      this.#run = { resolve, reject, timer };
    });
  }

  /** Lets it free its model and end; ends it after the grace. Call when nothing runs. */
  async close(): Promise<void> {
    this.#channel.post({ type: "close" }, []);
    await this.#goneWithin(this.#options.grace);
    await this.#kill();
  }

  #receive(message: EngineMessage): void {
    // It is being ended: an answer now would make it look idle.
    if (this.#late) return;
    switch (message.type) {
      case "loaded":
        this.#loading.resolve(message.metadata);
        break;
      case "load-failed":
        this.#loading.reject(toLoadError(message.error, this.#options.model));
        break;
      case "ran":
        this.#settled()?.resolve(message);
        break;
      case "run-failed":
        this.#settled()?.reject(toRunError(message.error, this.#options.model));
        break;
    }
  }

  /** The run that is over now. */
  #settled(): Run | null {
    const run = this.#run;
    this.#run = null;
    run?.timer.cancel();
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

  #lose(reason: string, gone: boolean): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#parts.onLost(reason, gone);
    const { model, responseTimeout } = this.#options;
    this.#loading.reject(new EngineLoadError("load-crashed", { model, reason }));
    this.#settled()?.reject(
      this.#late
        ? new InferenceError("deadline-exceeded", { model, limit: responseTimeout })
        : new InferenceError("engine-unavailable", { model, reason }),
    );
  }
}
