// A thread or a process as the server sees it: messages in order both ways, one end, and a way to end it.
import type { EngineMetric } from "./engine-metric.ts";
import type { EngineMessage, HostMessage } from "./wire.ts";

/** What a channel reports. After `ended` nothing follows. */
export interface ChannelListener {
  message(message: EngineMessage): void;
  /** What the engine wrote to its standard output or error, as it comes. */
  output(text: string): void;
  /** A metric that the model's code gave. */
  metric(metric: EngineMetric): void;
  /** The thread or process is gone; `reason` is a sentence. `outOfMemory`: it had none left, or the kernel ended it, as it does for want of memory. */
  ended(reason: string, outOfMemory?: boolean): void;
}

export interface Channel {
  /** Of the process that the engine is in; -1 where it did not start. */
  readonly pid: number;
  /** Sends; the buffers in `transfer` leave this thread where that is possible, and are copied where it is not. */
  post(message: HostMessage, transfer: readonly ArrayBuffer[]): void;
  /**
   * Ends it at once; `ended` follows. A thread that is inside native code ends when that returns; a process ends in any case.
   */
  kill(): void;
}

/** Limits of one engine's own JavaScript heap; a model's weights lie outside of it. */
export interface ResourceLimits {
  /** Megabytes. */
  readonly maxHeap: number;
}

export interface ChannelOptions {
  readonly entry: URL;
  readonly limits: ResourceLimits | null;
}

export type OpenChannel = (options: ChannelOptions, listener: ChannelListener) => Channel;
