// A worker of TorchServe as a channel: its process is started when it is told to load, and batches are frames on its socket.
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import { fieldsMetadata } from "../handlers/fields-metadata.ts";
import type { Channel, ChannelListener, OpenChannel } from "../hosting/channel.ts";
import type { HostMessage, WireBatch } from "../hosting/wire.ts";
import { toWireError } from "../hosting/wire-error.ts";
import type { GpuSlots } from "./gpu-slots.ts";
import { type LoadFrame, loadFrame } from "./protocol/frames.ts";
import { type Reply, ReplyReader } from "./protocol/reply-reader.ts";
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
}

export interface PythonChannelParts {
  readonly clock: Clock;
  readonly gpus: GpuSlots;
}

interface ChannelOptions extends PythonChannelOptions {
  readonly socket: string;
}

/** Opens channels to workers, each with a socket of its own. */
export function pythonChannels(options: PythonChannelOptions, parts: PythonChannelParts): OpenChannel {
  let count = 0;
  return (_options, listener) => {
    // The worker wants a number at the end.
    const socket = join(options.sockets, `w.sock.${count++}`);
    return new PythonChannel({ ...options, socket }, parts, listener);
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
  readonly #reader: ReplyReader;
  readonly #started = quiet<void>();
  readonly #loaded = quiet<Reply>();
  readonly #ended = Promise.withResolvers<void>();
  #phase: "loading" | "ready" | "closing" | "ended" = "loading";
  #process: WorkerProcess | null = null;
  #socket: Socket | null = null;
  #gpu = -1;
  /** All that it ever answered has been read. */
  #drained = false;
  /** Why it was ended, where that was done here. */
  #reason: string | null = null;

  constructor(options: ChannelOptions, parts: PythonChannelParts, listener: ChannelListener) {
    this.#options = options;
    this.#parts = parts;
    this.#listener = listener;
    this.#output = new WorkerOutput({
      now: parts.clock.now,
      onStarted: () => this.#started.resolve(),
      onMetric: (metric) => listener.metric(metric),
      onText: (text) => listener.output(text),
    });
    const { load, continuous, inTurn, maxResponseSize: maxSize } = options;
    this.#frames = new RunningFrames({ model: load.model, continuous, inTurn }, parts.clock);
    this.#reader = new ReplyReader({ maxSize, maxPredictions: () => this.#frames.expected });
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
        // A worker ends with its connection.
        this.#phase = "closing";
        this.#socket?.end();
        break;
    }
  }

  kill(): void {
    if (this.#process) this.#process.kill();
    else this.#end({ reason: "it was ended before it started", outOfMemory: false });
  }

  async #load(): Promise<void> {
    const { load, startTimeout, loadTimeout } = this.#options;
    try {
      this.#start();
      await this.#within(startTimeout, this.#started.promise);
      await this.#connect();
      this.#gpu = this.#parts.gpus.take();
      this.#write(loadFrame({ ...load, gpu: this.#gpu }));
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
    const { command, socket } = this.#options;
    const [script = "", ...args] = command.args;
    const all = { ...command, args: [script, "--sock-type", "unix", "--sock-name", socket, ...args] };
    this.#process = new WorkerProcess(all, this.#parts.clock, {
      line: (line) => this.#output.line(line),
      ended: (end) => this.#end(end),
    });
  }

  async #connect(): Promise<void> {
    const socket = connect(this.#options.socket);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.on("end", () => (this.#drained = true));
    // A connection that is closed with a frame unread is reset, once all is read. After a failed write nothing more is read.
    socket.on("error", ({ syscall }: NodeJS.ErrnoException) => (this.#drained ||= syscall === "read"));
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("close", () => void this.#disconnected());
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const reply of this.#reader.push(chunk)) this.#answer(reply);
    } catch (error) {
      this.#abandon(reasonOf(error));
    }
  }

  #answer(reply: Reply): void {
    if (this.#phase === "loading") this.#loaded.resolve(reply);
    else for (const message of this.#frames.answer(reply)) this.#listener.message(message);
  }

  #run(id: number, batch: WireBatch): void {
    try {
      this.#write(this.#frames.begin(id, batch));
    } catch (error) {
      this.#listener.message({ type: "run-failed", id, error: toWireError(error) });
    }
  }

  #write(frame: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return; // That it is gone is told by its end.
    socket.cork();
    for (const piece of frame) socket.write(piece);
    socket.uncork();
  }

  async #disconnected(): Promise<void> {
    if (this.#phase === "closing" || this.#phase === "ended") return;
    // As a rule it is on its way out, and will say why.
    await this.#endedWithin(endGrace);
    this.#abandon("it closed its connection");
  }

  /** It cannot be used any more. */
  #abandon(reason: string): void {
    this.#reason ??= reason;
    this.#socket?.destroy();
    this.#process?.kill();
  }

  #end({ reason, outOfMemory }: WorkerEnd): void {
    if (this.#phase === "ended") return;
    const wasLoading = this.#phase === "loading";
    this.#socket?.destroy();
    this.#parts.gpus.giveBack(this.#gpu);
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
    if (this.#drained) for (const id of this.#frames.notBegun) this.#listener.message({ type: "not-begun", id });
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

/** As Triton names engines. */
export const pythonPlatform = "torchserve_python";

/** It may be rejected before anybody waits for it. */
function quiet<T>(): PromiseWithResolvers<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => "told by who waits");
  return made;
}
