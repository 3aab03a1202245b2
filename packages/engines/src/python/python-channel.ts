// A worker of TorchServe as a channel: its process is started when it is told to load, and batches are frames on its socket.
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import { fieldsMetadata } from "../handlers/fields-metadata.ts";
import type { Channel, ChannelListener, OpenChannel } from "../hosting/channel.ts";
import type { HostMessage, WireBatch } from "../hosting/wire.ts";
import { toWireError } from "../hosting/wire-error.ts";
import type { GpuSlots } from "./gpu-slots.ts";
import { parallelCommand, parseRankEnd, type RankEnd, type RankOptions } from "./parallel-launch.ts";
import { type LoadFrame, loadFrame } from "./protocol/frames.ts";
import type { Reply } from "./protocol/reply-reader.ts";
import { RankSockets } from "./rank-sockets.ts";
import { RunningFrames } from "./running-frames.ts";
import { WorkerOutput } from "./worker-output.ts";
import { type WorkerCommand, type WorkerEnd, WorkerProcess } from "./worker-process.ts";

/** Times are milliseconds. */
export interface PythonChannelOptions {
  /** Its arguments are those of the worker, but for the name of its socket. */
  readonly command: WorkerCommand;
  readonly load: Omit<LoadFrame, "gpu">;
  /** The folder where sockets lie: this user's alone. */
  readonly sockets: string;
  readonly startTimeout: number;
  readonly loadTimeout: number;
  readonly maxResponseSize: number;
  /** See `RunningFrames`. */
  readonly continuous: boolean;
  readonly inTurn: boolean;
  /** null: each worker is one process. */
  readonly parallel: RankOptions | null;
}

export interface PythonChannelParts {
  readonly clock: Clock;
  readonly gpus: GpuSlots;
}

interface ChannelOptions extends PythonChannelOptions {
  /** Among all that were opened; its ranks have the numbers from here. */
  readonly number: number;
  readonly ranks: number;
}

/** Opens channels to workers, each with a socket of its own. */
export function pythonChannels(options: PythonChannelOptions, parts: PythonChannelParts): OpenChannel {
  const ranks = options.parallel?.ranks ?? 1;
  let next = 0;
  return (_options, listener) => {
    const number = next;
    next += ranks;
    return new PythonChannel({ ...options, number, ranks }, parts, listener);
  };
}

/** Milliseconds that a worker has to end by itself after it has said that it will, or has closed its connection. */
const endGrace = 1000;

class PythonChannel implements Channel {
  readonly #options: ChannelOptions;
  readonly #parts: PythonChannelParts;
  readonly #listener: ChannelListener;
  readonly #output: WorkerOutput;
  readonly #frames: RunningFrames;
  readonly #sockets: RankSockets;
  readonly #started = quiet<void>();
  readonly #loaded = quiet<Reply>();
  readonly #ended = Promise.withResolvers<void>();
  #phase: "loading" | "ready" | "closing" | "ended" = "loading";
  #process: WorkerProcess | null = null;
  #gpus: readonly number[] = [];
  #ranksStarted = 0;
  readonly #ranksLoaded = new Set<number>();
  #isDisconnected = false;
  #rankEnd: RankEnd | null = null;
  /** Why it was ended, where that was done here. */
  #reason: string | null = null;

  constructor(options: ChannelOptions, parts: PythonChannelParts, listener: ChannelListener) {
    this.#options = options;
    this.#parts = parts;
    this.#listener = listener;
    this.#output = new WorkerOutput({
      now: parts.clock.now,
      onStarted: () => {
        if (++this.#ranksStarted === options.ranks) this.#started.resolve();
      },
      onMetric: (metric) => listener.metric(metric),
      onText: (text) => listener.output(text),
    });
    const { load, continuous, inTurn, sockets, number, ranks, maxResponseSize: maxSize } = options;
    this.#frames = new RunningFrames({ model: load.model, continuous, inTurn }, parts.clock);
    const paths = Array.from({ length: ranks }, (_, rank) => socketPath(sockets, number + rank));
    this.#sockets = new RankSockets(
      { paths, limits: { maxSize, maxPredictions: () => this.#frames.expected } },
      {
        reply: (reply, rank) => this.#reply(reply, rank),
        broken: (reason) => this.#abandon(reason),
        closed: () => void this.#disconnected(),
      },
    );
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  post(message: HostMessage): void {
    switch (message.type) {
      case "load":
        void this.#load();
        break;
      case "run":
        this.#run(message.id, message.batch);
        break;
      case "close":
        this.#phase = "closing";
        this.#sockets.end();
        break;
    }
  }

  kill(): void {
    if (this.#process) this.#process.kill();
    else this.#end({ reason: "it was ended before it started", outOfMemory: false });
  }

  async #load(): Promise<void> {
    const { load, startTimeout, loadTimeout, ranks } = this.#options;
    try {
      this.#start();
      await this.#within(startTimeout, this.#started.promise);
      await this.#sockets.connect();
      for (let rank = 0; rank < ranks; rank++) {
        this.#sockets.write(rank, loadFrame({ ...load, gpu: this.#gpuOf(rank) }));
      }
      const { code, message } = await this.#within(loadTimeout, this.#loaded.promise);
      if (code !== 200) {
        // Its last lines say more than its answer.
        await this.#endedWithin(endGrace);
        throw this.#loadFailed(this.#output.exception() ?? message);
      }
      this.#phase = "ready";
      this.#listener.message({ type: "loaded", metadata: fieldsMetadata(pythonPlatform, load.batchSize) });
    } catch (error) {
      this.#failLoad(error);
    }
  }

  #start(): void {
    const { command, sockets, number, ranks, parallel } = this.#options;
    this.#gpus = this.#parts.gpus.take(ranks);
    const gpus = this.#gpus.length;
    if (gpus > 0 && gpus < ranks)
      throw this.#loadFailed(`it needs ${ranks} GPUs, one for each rank, and may use ${gpus}`);
    const [script = "", ...args] = command.args;
    const socket = socketPath(sockets, number);
    const worker = { ...command, args: [script, "--sock-type", "unix", "--sock-name", socket, ...args] };
    const all = parallel ? parallelCommand(worker, { ...parallel, number, gpus: this.#gpus }) : worker;
    this.#process = new WorkerProcess(all, this.#parts.clock, {
      line: (line) => this.#line(line),
      ended: (end) => this.#end(end),
    });
  }

  #line(line: string): void {
    this.#output.line(line);
    // Before a rank is gone nobody but its handler says so.
    if (!this.#isDisconnected || !this.#options.parallel || this.#rankEnd) return;
    this.#rankEnd = parseRankEnd(line);
    if (this.#rankEnd) this.#abandon(this.#rankEnd.reason);
  }

  /** Those of several ranks see their own GPUs only. */
  #gpuOf(rank: number): number {
    const [gpu = -1] = this.#gpus;
    return gpu !== -1 && this.#options.parallel ? rank : gpu;
  }

  #reply(reply: Reply, rank: number): void {
    if (this.#phase === "loading") {
      this.#ranksLoaded.add(rank);
      if (reply.code !== 200 || this.#ranksLoaded.size === this.#options.ranks) this.#loaded.resolve(reply);
      return;
    }
    try {
      for (const message of this.#frames.answer(reply)) this.#listener.message(message);
    } catch (error) {
      this.#abandon(reasonOf(error));
    }
  }

  #run(id: number, batch: WireBatch): void {
    try {
      const frame = this.#frames.begin(id, batch);
      const { ranks, parallel } = this.#options;
      for (let rank = 0; rank < (parallel?.toAll ? ranks : 1); rank++) this.#sockets.write(rank, frame);
    } catch (error) {
      this.#listener.message({ type: "run-failed", id, error: toWireError(error) });
    }
  }

  async #disconnected(): Promise<void> {
    this.#isDisconnected = true;
    if (this.#phase === "closing" || this.#phase === "ended") return;
    // As a rule it is on its way out, and will say why.
    await this.#endedWithin(endGrace);
    this.#abandon("it closed its connection");
  }

  /** It cannot be used any more. */
  #abandon(reason: string): void {
    this.#reason ??= reason;
    this.#sockets.destroy();
    this.#process?.kill();
  }

  #end(end: WorkerEnd): void {
    if (this.#phase === "ended") return;
    const wasLoading = this.#phase === "loading";
    const { reason, outOfMemory } = end.outOfMemory ? end : (this.#rankEnd ?? end);
    this.#sockets.destroy();
    this.#parts.gpus.giveBack(this.#gpus);
    this.#output.end();
    // What it printed once it had loaded is for the log alone: it may tell of requests.
    const exception = wasLoading && !outOfMemory ? this.#output.exception() : null;
    const why = this.#reason ?? reason;
    this.#ended.resolve();
    if (wasLoading) {
      // An exception is the handler's, and will come again; what else ends a worker may not.
      const crashed = new EngineLoadError("load-crashed", { model: this.#options.load.model, reason: why });
      this.#failLoad(exception === null ? crashed : this.#loadFailed(exception));
    }
    this.#phase = "ended";
    if (this.#sockets.drained)
      for (const id of this.#frames.notBegun) this.#listener.message({ type: "not-begun", id });
    this.#listener.ended(why, outOfMemory);
  }

  #failLoad(error: unknown): void {
    if (this.#phase !== "loading") return;
    this.#phase = "closing";
    this.#started.reject(error);
    this.#loaded.reject(error);
    this.#listener.message({ type: "load-failed", error: toWireError(error) });
  }

  #loadFailed(reason: string): EngineLoadError {
    return new EngineLoadError("load-failed", { model: this.#options.load.model, reason });
  }

  async #within<T>(limit: number, promise: Promise<T>): Promise<T> {
    const over = Promise.withResolvers<never>();
    const { model } = this.#options.load;
    const timer = this.#parts.clock.setTimer(limit, () =>
      over.reject(new EngineLoadError("load-timeout", { model, limit })),
    );
    try {
      return await Promise.race([promise, over.promise]);
    } finally {
      timer.cancel();
    }
  }

  async #endedWithin(grace: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#parts.clock.setTimer(grace, over.resolve);
    await Promise.race([this.#ended.promise, over.promise]);
    timer.cancel();
  }
}

/** The worker wants a number at the end, and adds its rank. */
function socketPath(folder: string, number: number): string {
  return join(folder, `w.sock.${number}`);
}

/** As Triton names engines. */
export const pythonPlatform = "torchserve_python";

/** It may be rejected before anybody waits for it. */
function quiet<T>(): PromiseWithResolvers<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => "told by who waits");
  return made;
}
