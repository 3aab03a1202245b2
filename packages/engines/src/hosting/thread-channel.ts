// An engine on a thread of this process.
import { Worker } from "node:worker_threads";
import type { OpenChannel } from "./channel.ts";
import { NativeGate } from "./native-gate.ts";
import { quietLibraries } from "./quiet-libraries.ts";
import type { EngineMessage } from "./wire.ts";

/** The thread has an empty environment; what native code sees is that of the process. Buffers are transferred both ways. */
export const openThread: OpenChannel = ({ entry, limits }, listener) => {
  quietLibraries();
  const gate = new NativeGate();
  const worker = new Worker(entry, {
    workerData: gate.buffer,
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    ...(limits && { resourceLimits: { maxOldGenerationSizeMb: limits.maxHeap } }),
  });
  let reason: string | null = null;
  let outOfMemory = false;
  const kill = (): void => void gate.close().then(() => worker.terminate());
  worker.on("message", (message: EngineMessage) => listener.message(message));
  worker.on("messageerror", (error) => {
    reason ??= `it sent a message that cannot be read: ${error.message}`;
    kill();
  });
  worker.on("error", (error: unknown) => {
    reason ??= `uncaught: ${error instanceof Error ? error.message : String(error)}`;
    outOfMemory ||= error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  });
  worker.on("exit", (code) => listener.ended(reason ?? `its thread exited with code ${code}`, outOfMemory));
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => listener.output(text));
  }
  return {
    pid: process.pid,
    post: (message, transfer) => worker.postMessage(message, transfer),
    kill,
  };
};
