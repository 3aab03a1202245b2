// The engine's end of its channel, the same on a thread and in a process.
import { parentPort, workerData } from "node:worker_threads";
import { NativeGate } from "./native-gate.ts";
import type { EngineMessage, HostMessage } from "./wire.ts";

export interface WorkerPort {
  /** Through which all calls of native code go that can take long. */
  readonly gate: NativeGate;
  /** Sends; where buffers can be transferred, those in `transfer` leave this thread. */
  post(message: EngineMessage, transfer: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: HostMessage) => void): void;
  /** No more messages: the thread or process may end. */
  close(): void;
}

/**
 * The port of this thread, or of this process where it was forked. Such a process ends when its server closes it or is gone, not by
 * a terminal's interrupt, which reaches both: the server may still want the answers.
 */
export function workerPort(): WorkerPort {
  const port = parentPort;
  if (port) {
    return {
      gate: new NativeGate(workerData as SharedArrayBuffer),
      post: (message, transfer) => port.postMessage(message, transfer),
      onMessage: (listener) => port.on("message", listener),
      close: () => port.close(),
    };
  }
  process.once("disconnect", () => process.exit());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  return {
    // A process can be ended at any moment.
    gate: new NativeGate(),
    post: (message) => void process.send?.(message),
    onMessage: (listener) => process.on("message", (message) => listener(message as HostMessage)),
    close: () => process.disconnect(),
  };
}
