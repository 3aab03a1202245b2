// One run of the command, as the leader of a process group of its own, with an environment of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";

export interface CommandOptions {
  readonly argv: readonly [string, ...string[]];
  /** All of it: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunningCommand {
  /** The number of its process group; null: it could not be started. */
  readonly group: number | null;
  /** Fulfilled once it has ended, with how: `exit code 1`, `SIGKILL`, `it cannot be started: …`. Nothing of its group lives then. */
  readonly ended: Promise<string>;
  /** Asks it to end, and kills its whole group where it has not after `grace` milliseconds. */
  stop(grace: number): Promise<void>;
}

/** Both of its outputs go to our standard error: standard output is for answers. */
export function runCommand({ argv, env }: CommandOptions, { clock }: { readonly clock: Clock }): RunningCommand {
  const [program, ...args] = argv;
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const child = spawn(program, args, { env: { ...env }, detached: true, stdio: ["ignore", 2, 2] });
  child.once("error", (error) => {
    if (child.pid === undefined) resolve(`it cannot be started: ${reasonOf(error)}`);
  });
  child.once("exit", (code, signal) => {
    // At once, while the group still has its number: whatever it started must not outlive it.
    signalGroup(child, "SIGKILL");
    resolve(signal ?? `exit code ${code}`);
  });
  return {
    group: child.pid ?? null,
    ended,
    async stop(grace) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      signalGroup(child, "SIGTERM");
      const timer = clock.setTimer(grace, () => signalGroup(child, "SIGKILL"));
      await ended;
      timer.cancel();
    },
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const gone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!gone) throw error;
  }
}
