// The process of a Python worker below its supervisor: with limits of its own, gone with all that it forked, also when the server is gone.
import { type ChildProcess, spawn } from "node:child_process";
import { Readable } from "node:stream";
import type { Clock, Timer } from "@sealserve/serving";
import { LineSplitter } from "./output-lines.ts";
import type { WorkerLimits } from "./python-parts.ts";
import { supervised } from "./supervisor.ts";

export interface WorkerCommand {
  /** Of the operator: it runs the supervisor. */
  readonly interpreter: string;
  /** What the worker is run by: the same, or that of a virtual environment among the model's files. */
  readonly program: string;
  /** Of the program. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: WorkerLimits;
  /** null: the server's. */
  readonly user: number | null;
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

const maxLine = 16 * 1024;
/** Bytes in a second; who prints more is slowed down, for the sake of the others. */
const maxOutputRate = 8 * 1024 * 1024;
/** Milliseconds that a worker's last lines may take after its end. */
const lastLines = 200;
/** Milliseconds that a supervisor has to end all that is below it, on a busy machine. */
const endTime = 10_000;

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #listener: WorkerListener;
  #worker = -1;
  #forced: Timer | null = null;
  #killed = false;
  #ended = false;

  constructor(command: WorkerCommand, clock: Clock, listener: WorkerListener) {
    const { interpreter, program, args, folder, environment, limits, user } = command;
    this.#clock = clock;
    this.#listener = listener;
    this.#child = spawn(interpreter, supervised({ interpreter, program, args, limits, user, reports: true }), {
      cwd: folder,
      env: { ...environment },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) if (stream) this.#read(stream);
    const report = this.#child.stdio[3];
    if (report instanceof Readable) report.on("data", (line: Buffer) => (this.#worker = Number(line.toString())));
    this.#child.on("error", (error) => {
      // A process that could not start never exits.
      if (this.#child.pid === undefined)
        this.#end({ reason: `it did not start: ${error.message}`, outOfMemory: false });
    });
    this.#child.on("exit", (code, signal) => {
      // Where its supervisor was ended by force, the worker's group is still there.
      this.#killGroup();
      const outOfMemory = !this.#killed && (signal === "SIGKILL" || code === 137);
      const reason = signal === null ? `its process exited with code ${code}` : `its process was ended by ${signal}`;
      const end = (): void => this.#end({ reason, outOfMemory });
      this.#child.on("close", end);
      clock.setTimer(lastLines, end);
    });
  }

  /** Of the worker itself; -1 where it has not started. */
  get pid(): number {
    return this.#worker;
  }

  /** Ends it and all that it forked, at once. */
  kill(): void {
    if (this.#killed || this.#ended) return;
    this.#killed = true;
    // One that was stopped would not hear it.
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGTERM");
    this.#forced = this.#clock.setTimer(endTime, () => this.#child.kill("SIGKILL"));
  }

  #killGroup(): void {
    if (this.#worker <= 0) return;
    try {
      process.kill(-this.#worker, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  }

  #end(end: WorkerEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#forced?.cancel();
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
