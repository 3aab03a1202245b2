// A second process that outlives this one however it ends: it then ends the command, and removes what was opened for it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import type { Clock, Timer } from "@sealserve/serving";
import { SidecarError } from "../sidecar-error.ts";
import { guardEntry } from "./guard-entry.ts";
import { type GuardLine, writeGuardLine } from "./guard-lines.ts";

export interface GuardParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Disposing ends it, and says that there is nothing left to do. */
export interface Guard extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Which process group is the command's now; null: none runs. */
  watch(group: number | null): void;
}

/** Milliseconds until a guard that was ended itself has a successor. */
const pause = 1_000;

/** Fulfilled once it watches. Throws `SidecarError` `guard-failed`. */
export async function openGuard(folder: string, parts: GuardParts): Promise<Guard> {
  const guard = new OpenGuard(folder, parts);
  await guard.firstWatching();
  return guard;
}

class OpenGuard implements Guard {
  readonly #folder: string;
  readonly #parts: GuardParts;
  #child: ChildProcess;
  #group: number | null = null;
  #timer: Timer | null = null;
  #closing = false;

  constructor(folder: string, parts: GuardParts) {
    this.#folder = folder;
    this.#parts = parts;
    this.#child = this.#start();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async firstWatching(): Promise<void> {
    const { stdout } = this.#child;
    const ended = once(this.#child, "close").then(([code, signal]) => {
      throw new SidecarError("guard-failed", { reason: signal ?? `exit code ${code}` });
    });
    ended.catch(() => "a later end is told elsewhere");
    try {
      if (stdout) await Promise.race([once(stdout, "data"), ended]);
      this.#child.once("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    } catch (error) {
      if (error instanceof SidecarError) throw error;
      throw new SidecarError("guard-failed", { reason: reasonOf(error) }, error);
    }
  }

  watch(group: number | null): void {
    this.#group = group;
    this.#say({ type: "group", group });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#timer?.cancel();
    const child = this.#child;
    this.#say({ type: "done" });
    child.stdin?.end();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  /** Of a session of its own, so that whoever ends ours does not end it; without anything of our environment. */
  #start(): ChildProcess {
    const args = ["--disable-sigusr1", fileURLToPath(guardEntry()), this.#folder];
    const child = spawn(process.execPath, args, { env: {}, detached: true, stdio: ["pipe", "pipe", 2] });
    // It may have gone; that is told by its end.
    child.stdin?.on("error", () => "nobody listens");
    return child;
  }

  #say(line: GuardLine): void {
    this.#child.stdin?.write(writeGuardLine(line));
  }

  #ended(how: string): void {
    if (this.#closing) return;
    const { clock, logger } = this.#parts;
    logger.error("the guard ended, and is started again", { how });
    this.#timer = clock.setTimer(pause, () => {
      this.#child = this.#start();
      this.#child.once("error", (error) => this.#ended(reasonOf(error)));
      this.#child.once("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
      this.watch(this.#group);
    });
  }
}
