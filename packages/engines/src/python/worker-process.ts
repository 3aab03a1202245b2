// The process of a Python worker: with limits of its own, in a process group of its own, gone when the server is gone.
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "@sealserve/serving";
import { LineSplitter } from "./output-lines.ts";
import type { WorkerLimits } from "./python-parts.ts";

export interface WorkerCommand {
  readonly interpreter: string;
  /** Of the interpreter. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: WorkerLimits;
}

/** How it ended. `outOfMemory`: nobody here ended it, but the kernel did, which has this reason as a rule. */
export interface WorkerEnd {
  readonly reason: string;
  readonly outOfMemory: boolean;
}

export interface WorkerListener {
  readonly line: (line: string) => void;
  /** Last, after all its lines. */
  readonly ended: (end: WorkerEnd) => void;
}

/**
 * Sets the limits and then becomes the worker, which so runs unmodified. No core file: it would hold the model. The signal comes when the
 * thread that started it ends, so none outlives a server that was killed. A group of its own, but no session (`detached`): Linux may share cores
 * out by session first, and two that hand each other work all the time would wait for each other's turn.
 */
const prelude = `
import json, os, resource, signal, sys
os.setpgid(0, 0)
for name, value in json.loads(sys.argv[1]).items():
    limit = getattr(resource, name)
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
except Exception:
    pass
os.execv(sys.argv[2], sys.argv[2:])
`;

const maxLine = 16 * 1024;
/** Bytes in a second; who prints more is slowed down, for the sake of the others. */
const maxOutputRate = 8 * 1024 * 1024;
/** Milliseconds that a worker's last lines may take after its end. */
const lastLines = 200;

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #listener: WorkerListener;
  #killed = false;
  #ended = false;

  constructor(command: WorkerCommand, clock: Clock, listener: WorkerListener) {
    const { interpreter, args, folder, environment, limits } = command;
    this.#clock = clock;
    this.#listener = listener;
    this.#child = spawn(
      interpreter,
      ["-I", "-S", "-c", prelude, JSON.stringify(resourceLimits(limits)), interpreter, ...args],
      { cwd: folder, env: { ...environment }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) if (stream) this.#read(stream);
    this.#child.on("error", (error) => {
      // A process that could not start never exits.
      if (this.#child.pid === undefined)
        this.#end({ reason: `it did not start: ${error.message}`, outOfMemory: false });
    });
    this.#child.on("exit", (code, signal) => {
      // What it forked goes with it.
      this.#killGroup();
      const outOfMemory = !this.#killed && (signal === "SIGKILL" || code === 137);
      const reason = signal === null ? `its process exited with code ${code}` : `its process was ended by ${signal}`;
      const end = (): void => this.#end({ reason, outOfMemory });
      this.#child.on("close", end);
      clock.setTimer(lastLines, end);
    });
  }

  /** -1 where it did not start. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Ends it and all that it forked, at once. */
  kill(): void {
    this.#killed = true;
    this.#killGroup();
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#ended) return;
    // As long as it has no group yet, there is only it.
    this.#child.kill("SIGKILL");
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  }

  #end(end: WorkerEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#listener.ended(end);
  }

  #read(stream: Readable): void {
    const lines = new LineSplitter(maxLine, (line) => {
      if (!this.#ended) this.#listener.line(line);
    });
    let windowEnds = 0;
    let seen = 0;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      lines.push(text);
      const now = this.#clock.now();
      if (now >= windowEnds) {
        windowEnds = now + 1000;
        seen = 0;
      }
      seen += text.length;
      if (seen <= maxOutputRate) return;
      stream.pause();
      this.#clock.setTimer(windowEnds - now, () => stream.resume());
    });
    stream.on("end", () => lines.end());
    stream.on("error", () => lines.end());
  }
}

function resourceLimits({ memory, processes, files, cpuSeconds }: WorkerLimits): Record<string, number> {
  return {
    // Unlike 0 it is heeded, too, where core files are piped into a program (core(5)).
    RLIMIT_CORE: 1,
    ...(memory !== null && { RLIMIT_AS: memory }),
    ...(processes !== null && { RLIMIT_NPROC: processes }),
    ...(files !== null && { RLIMIT_NOFILE: files }),
    ...(cpuSeconds !== null && { RLIMIT_CPU: cpuSeconds }),
  };
}
