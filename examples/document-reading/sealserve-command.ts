// Runs the sealserve command: to its end, or as a server that says when it is ready.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type Ended, endOf, jsonLinesOf, stop } from "@sealserve/conformance/fixtures/spawned-command";

const root = join(import.meta.dirname, "../..");

export interface RunningServer extends AsyncDisposable {
  /** What its ready line says. */
  readonly ready: {
    readonly listeners: Readonly<Record<string, string>>;
    readonly [name: string]: unknown;
  };
  /** URL of a listener. */
  url(listener: string): string;
}

export function spawnCommand(
  args: readonly string[],
  stdout: "inherit" | "pipe",
  stderr: "inherit" | "pipe",
): ChildProcess {
  const all = ["apps/cli/src/main.ts", ...args];
  return spawn(process.execPath, all, { cwd: root, stdio: ["ignore", stdout, stderr] });
}

export async function runCommand(args: readonly string[]): Promise<Ended> {
  return await endOf(spawnCommand(args, "pipe", "pipe"));
}

/** Waits for the line that says where the server listens; disposing stops it. */
export async function startCommand(args: readonly string[]): Promise<RunningServer> {
  const child = spawnCommand([...args, "--log-level", "error"], "pipe", "inherit");
  const ready = await jsonLinesOf<RunningServer["ready"]>(child)();
  return {
    ready,
    url(listener) {
      const url = ready.listeners[listener];
      if (url === undefined) throw new Error(`no listener ${listener} among ${Object.keys(ready.listeners)}`);
      return url;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}
