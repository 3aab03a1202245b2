// One program on one host of the lab, which can be killed, told to stop, and started again.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { jsonLinesOf } from "../../fixtures/spawned-command.ts";

export type ReadyLine = Readonly<Record<string, unknown>>;

/** Starts the program with `args` beyond those that it always has. */
export type SpawnProcess = (args: readonly string[]) => ChildProcess;

export class LabProcess implements AsyncDisposable {
  readonly name: string;
  readonly #spawn: SpawnProcess;
  #child: ChildProcess | null = null;
  #log = "";
  #earlier = "";

  constructor(name: string, spawn: SpawnProcess) {
    this.name = name;
    this.#spawn = spawn;
  }

  /** Since it was last started. */
  get log(): string {
    return this.#log;
  }

  /** Of all its starts. */
  get wholeLog(): string {
    return this.#earlier + this.#log;
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The ready line. Rejects where it ends before. */
  start(args: readonly string[] = []): Promise<ReadyLine> {
    if (this.running) throw new Error(`${this.name} runs already`);
    const child = this.#spawn(args);
    this.#child = child;
    this.#earlier += this.#log;
    this.#log = "";
    child.stderr?.setEncoding("utf8").on("data", (written: string) => (this.#log += written));
    const ready = jsonLinesOf<ReadyLine>(child, () => this.#log)();
    ready.catch(() => "who does not wait for it may look at the end");
    return ready;
  }

  async kill(): Promise<void> {
    await this.#signal("SIGKILL");
  }

  /** The exit code. */
  async stop(): Promise<number | null> {
    await this.#signal("SIGTERM");
    return this.#child?.exitCode ?? null;
  }

  async interrupt(): Promise<void> {
    await this.#signal("SIGINT");
  }

  /** The exit code. */
  async ended(): Promise<number | null> {
    if (this.#child && this.running) await once(this.#child, "exit");
    return this.#child?.exitCode ?? null;
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    this.#child?.kill(signal);
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
